"""Text: from captions to sequences of word vectors (sections "Words" and "Sentence" of the method).

tokens -> vocabulary -> word vectors -> sequences; corpora and training are for text beyond the
captions.
"""
