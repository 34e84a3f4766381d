"""Preprocess the vocabulary's word vectors (ICA) and fit the mixtures that the models need."""

from job import inputs, output, params, wildcards

from rnnfv.arrays.provenance import provenance
from rnnfv.arrays.vectors import open_vectors
from rnnfv.experiments.representations import KINDS
from rnnfv.features.words.word_vectors import sample_vectors
from rnnfv.pooling.mixture_files import write_mixtures
from rnnfv.pooling.mixtures import HybridMixture
from rnnfv.reduction.ica import WordICA

vectors = params.fetched or inputs.vectors
settings, seed = params.settings, int(wildcards.seed)
trusted = {"allow_pickle": params.allow_pickle}
sample = sample_vectors(vectors, settings["mixture_samples"], seed, **trusted)
print(f"{len(sample)} word vectors of {sample.shape[1]} dimensions")
ica = WordICA(max_samples=settings["mixture_samples"], random_state=seed).fit(sample)
sample = ica.transform(sample)
components, iterations = settings["mixture_components"], settings["mixture_iterations"]
mixtures = {}
for kind in sorted({kind for pooling in settings["poolings"] for kind in KINDS[pooling]}):
    mixture = HybridMixture(components, kind=kind, n_iter=iterations, random_state=seed)
    mixture.fit(sample)
    steps = mixture.log_likelihoods_
    print(f"{kind}: log likelihood {steps[0]:.2f} -> {steps[-1]:.2f} per word")
    mixtures[kind] = mixture
with open_vectors(inputs.words) as (words, values, _):
    made_by = provenance(settings, ["scikit-learn", "scipy"], seed=seed)
    vectors = ica.transform(values[:])
    write_mixtures(output.mixtures, words, vectors, mixtures, made_by)
