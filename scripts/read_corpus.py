"""Read a text corpus: tokenised sentences, one a line, at most as many as asked for."""

from job import output, params, wildcards

from rnnfv.arrays.writing import atomic_path
from rnnfv.errors import InputError
from rnnfv.features.words import corpora
from rnnfv.features.words.tokens import tokenize
from rnnfv.progress import progress

settings = params.settings
read = getattr(corpora, settings["format"])
texts = read(settings["path"]) if "path" in settings else read()
sentences = list(progress(texts, "sentences"))
chosen = corpora.sample_sentences(sentences, settings["sentences"], settings["seed"])
print(f"{len(sentences)} sentences, {len(chosen)} used")
if not chosen:
    key = f"corpora.{wildcards.corpus}"
    raise InputError(f"{key}: {settings.get('path')} holds no sentence.")
tokenised = map(tokenize, progress(chosen, "sentences tokenised", len(chosen)))
lines = "".join(" ".join(tokens) + "\n" for tokens in tokenised if tokens)
with atomic_path(output.tokens) as temporary:
    temporary.write_text(lines, encoding="utf-8")
