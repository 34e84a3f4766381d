"""The whole method as one estimator: sequences to labels, sentences to images and back."""
