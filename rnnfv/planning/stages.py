"""The stages of a run in words, and roughly what their jobs take before any is measured."""

STAGES = {
    "data": "downloads",
    "synthetic": "clips drawn",
    "manifest": "lists of clips",
    "frames": "frames of videos",
    "features": "features of frames",
    "captions": "captions and images",
    "words": "words",
    "sentences": "sentences and their CCA",
    "reduce": "features of fewer dimensions",
    "rnn": "networks trained",
    "classify": "poolings classified",
    "table1": "Table 1",
    "trajectories": "trajectories",
    "table2": "representations fused",
    "retrieval": "retrieval",
    "ablations": "side experiments",
    "provenance": "provenance",
    "models": "models kept",
}
"""File in ``rules/`` to what its jobs do."""

SECONDS = {
    "train_rnn": 17,
    "classify": 8,
    "extract_features": 9,
    "render_clips": 5,
    "train_sentence_rnn": 40,
    "project_rnn": 10,
    "train_ablation": 20,
    "measure_ablations": 60,
    "extract_trajectories": 40,
    "encode_trajectories": 15,
}
"""Rule to seconds of one of its jobs in the default run; of other rules 3."""
