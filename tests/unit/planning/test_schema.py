"""The configuration: what is refused, in which words, and what is taken for a number."""

import pytest
import yaml
from helpers.configurations import ROOT, configured, refusal

from rnnfv.errors import InputError
from rnnfv.planning.paths import check_start, normalise_paths
from rnnfv.planning.sources import data_report

OWN = "datasets: {own: {layout: manifest, manifest: m.csv, "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seedz: [1]", "seedz: there is no such key; did you mean `seeds`?"),
        ("rnn: {epoch: 3}", "rnn.epoch: there is no such key; did you mean `epochs`?"),
        ("features: {f: {network: vgg19, evry: 3}}", "features.f.evry: there is no such key; did"),
        ("features: {f: {network: vgg19, wieghts: x}}", "features.f.wieghts: vgg19 has no such"),
        (
            f"{OWN} videso: v}}}}",
            "datasets.own.videso: there is no such key; did you mean `videos`",
        ),
        ("table1: {poolings: [rnnfv]}", "table1.poolings: 'rnnfv' is not defined; did you mean `"),
        (
            "ablations: {changes: [{name: a}, {name: b, dropuot: 3}]}",
            "ablations.changes[1].dropuot: there is no such key; did you mean `dropout`?",
        ),
        (
            "table2: {representations: {X: {feature: c3d, reductoin: pca}}}",
            "table2.representations.X.reductoin: there is no such key; did you mean `reduction`?",
        ),
        ("rnn: {epochs: 3.0}", "rnn.epochs: 3.0 given; expected a whole number, at least 1."),
        ("rnn: {epochs: '3.0'}", "rnn.epochs: '3.0' given; expected a whole number, at least 1."),
        ("rnn: {epochs: '0'}", "rnn.epochs: 0 given; expected a whole number, at least 1."),
        ("rnn: {epochs: 'true'}", "rnn.epochs: 'true' given; expected a whole number, at least 1."),
        ("seeds: [1.0]", "seeds[0]: 1.0 given; expected a whole number, at least 0"),
        ("seeds: [true]", "seeds[0]: true given; expected a whole number"),
        ("seeds: 0", "seeds: 0 given; expected a list, with 1 or more entries."),
        ("seeds: [1, 1]", "seeds: 1 is in the list twice."),
        ("seeds: [4294967296]", "seeds[0]: 4294967296 given; expected a whole number, at least 0"),
        ("rnn: {pca: [10, 10]}", "rnn.pca: 10 is in the list twice."),
        ("rnn: {alpha: [0.5, 0.50]}", "rnn.alpha: 0.5 is in the list twice."),
        ("mean: {pca: [null, null]}", "mean.pca: null is in the list twice."),
        ("gmm: {components: [2, 2]}", "gmm.components: 2 is in the list twice."),
        ("sentences: {eta: [1e-3, 0.001]}", "sentences.eta: 0.001 is in the list twice."),
        ("validation: {folds: 1}", "validation.folds: 1 given; expected 0, or a whole number, at"),
        ("validation: {folds: '2'}", "validation.folds: 2 given; expected 0, or a whole number"),
        ("validation: {folds: -1}", "validation.folds: -1 given; expected 0, or a whole number"),
        ("validation: {folds: x}", "validation.folds: 'x' given; expected 0, or a whole number"),
        ("rnn:", "rnn: null given; expected keys with values."),
        ("rnn: {learning_rate: 1e-3x}", "rnn.learning_rate: '1e-3x' given; expected a number"),
        ("svm: {C: .nan}", "svm.C: nan given; expected a number"),
        ("svm: {C: .inf}", "svm.C: inf given; expected finite: a number"),
        ("svm: {C: 1e999}", "svm.C: inf given; expected finite: a number"),
        ("on_bad_video: excude", "expected 'fail' or 'exclude'; did you mean `exclude`?"),
        ("device: gpu", "device: 'gpu' given; expected auto, cpu, cuda"),
        ('device: "cuda:0\\n"', "expected auto, cpu, cuda"),
        ("datasets: {x: {layout: manifest}}", "datasets.x: the key `manifest` is missing."),
        ("captions: {c: {layout: files, captions: 3}}", "captions.c.captions: 3 given; expected"),
        ("words: {n: {source: [a]}}", "words.n: source needs path beside it."),
        ("corpora: {n: {format: gensim_news, path: x}}", "corpora.n: path has no meaning here"),
        ("yes: 3", "the key true is not text"),
        ("datasets: {1: {layout: synthetic, recipe: pairs}}", "datasets: the key 1 is not text"),
        (f"{OWN} sequences: {{../../x: a.h5}}}}}}", "'../../x' given; expected a name of letters"),
        (f'{OWN} sequences: {{"x\\n": a.h5}}}}}}', "given; expected a name of letters"),
        ("models: {a/b: {pooling: mean}}", "models: 'a/b' given; expected a name of letters"),
        (f"words: {{{'x' * 81}: {{path: a.bin}}}}", "expected a name of letters"),
        ("datasets: {Synthetic-Loops: {layout: synthetic, recipe: pairs}}", "differ in case only"),
        ("features: {idt: {network: vgg19}}", "trajectories.idt: there is a feature of this name"),
        (
            f"{OWN} sequences: {{idt: a.h5}}}}}}",
            "trajectories.idt: there is a feature of this name",
        ),
        ("features: {listed.csv: {network: vgg19}}", "'listed.csv' ends like a file"),
        ("features: {Words: {network: vgg19}}", "'Words' is a folder of the workflow"),
        ("run: {name: con}", "run.name: 'con' is no name for a file on Windows; rename it."),
        ("datasets: {NUL.b: {layout: synthetic, recipe: pairs}}", "datasets: 'NUL.b' is no name"),
        ("words: {a.: {path: a.bin}}", "'a.' given; expected a name of letters"),
        (f"table2: {{rows: {{{'x' * 201}: null}}}}", "is too long for the name of a file"),
        (
            "pca: {components: 2147483648}",
            "expected a whole number, at least 1, at most 2147483647",
        ),
        ("gmm: {max_samples: 3}", "gmm.max_samples: 3 samples are too few for 64 components"),
        ("sentences: {mixture_samples: 2}", "sentences.mixture_samples: 2 samples are too few"),
        (
            "trajectories: {idt: {max_samples: 1, components: 1}}",
            "trajectories.idt.max_samples: 1 samples are too few for 2 components",
        ),
        ("trajectories: {idt: {short_side: 32, volume: 48}}", "short_side 32 is below volume 48"),
        ("trajectories: {idt: {min_spread: 60}}", "min_spread 60 is not below max_spread 50"),
        ("words: {com1: {path: a.bin}}", "words: 'com1' is no name for a file"),
        ("table2: {rows: {(Aux): null}}", "table2.rows: 'aux' is no name for a file"),
        ("run: {name: table1.tex}", "run.name: 'table1.tex' ends like a file"),
        ("data: {root: ''}", "data.root: '' is no path"),
        ("data: {root: 'my {x}'}", "data.root: 'my {x}': Snakemake takes braces for wildcards"),
        (f"{OWN} sequences: {{f: '{{x}}.h5'}}}}}}", "datasets.own.sequences.f: '{x}.h5'"),
        ("captions: {c: {layout: files, captions: [a, '{b}']}}", "captions.c.captions[1]: '{b}'"),
        ("words: {n: {path: ~nobody-here/w.bin}}", "words.n.path: '~nobody-here/w.bin' names a h"),
        ("featurs: {}", "featurs: there is no such key; did you mean `features`?"),
        (f"{OWN} video: v}}}}", "datasets.own.video: there is no such key; did you mean `videos`?"),
        ("datasets: {x: {layout: manifest, manifest: m}}", "datasets.x: set videos (a folder) or"),
        ("datasets: {x: {layout: ucf101, videos: v}}", "lists"),
        ("rnn: {dropout: 1.5}", "rnn.dropout: 1.5 given; expected a number, at least 0, below 1."),
        ("table1: {datasets: [none]}", "table1.datasets: 'none' is not defined; there are"),
        ("features: {x: {network: vgg99}}", "features.x: unknown network 'vgg99'"),
        ("features: {efficientnet_lite0: {sise: 32}}", "efficientnet_lite0.sise"),
        ("features: {efficientnet_lite0: {size: big}}", "expected an integer"),
        ("trajectories: {idt: {lenght: 9}}", "trajectories.idt.lenght: there is no such key; did"),
        ("trajectories: {idt: {length: 10}}", "length: 10 given; expected a whole number, at lea"),
        ("table2: {rows: {new: [none]}}", "table2.rows.new: 'none' is not defined"),
        ("table2: {representations: {a: {feature: no}}}", "table2.representations.a.feature"),
        ("table3: {captions: other}", "table3.captions: 'other' is not defined; there are"),
        ("table3: {models: [nothing]}", "table3: model: 'nothing' is not defined"),
        ("table3: {feature: vgg16}", "table3.feature: 'vgg16' is not defined"),
        ("table3: {feature: c3d}", "table3.feature: c3d is a network of clips"),
        ("table3: {combinations: {w2v: [w2v, cca]}}", "'w2v' is also the name of a model"),
        ("models: {wiki-w2v: {corpus: web}}", "models.wiki-w2v.corpus: 'web' is not defined"),
        ("models: {w2v: {pooling: max}}", "models.w2v.pooling: 'max' given; expected"),
        ("models: {MeanVector: {words: cca}}", "words: has no meaning for pooling mean"),
        ("models: {w2v-pca: {n_lstm: 7}}", "n_lstm: cannot be set, since the network is that of"),
        ("models: {w2v-pca: {network: GMM-FV}}", "'GMM-FV' has no network of its own"),
        ("transfer: {model: w2v}", "transfer.model: name a model that is not an rnn-fv"),
        ("words: {w2v: {path: x.bin}}", "words.w2v: give either path"),
        ("corpora: {wiki: {path: x.txt}}", "corpora.wiki"),
    ],
)
def test_a_wrong_configuration_is_refused_in_one_line(text, said):
    message = refusal(yaml.safe_load(text))
    lines = [line for line in message.splitlines() if "explained in" not in line]
    assert said in lines[0] and len(lines) == 1, message
    assert "$" not in message


def test_numbers_that_yaml_takes_for_text_are_numbers():
    text = "{rnn: {learning_rate: 1e-3, weight_decay: '.5'}, gmm: {max_samples: 1e5}}"
    config = configured(yaml.safe_load(text), {"sentences": {"eta": ["1e-3", "2.5e-2"]}})
    assert config["rnn"]["learning_rate"] == 0.001 and config["rnn"]["weight_decay"] == 0.5
    assert config["gmm"]["max_samples"] == 100_000
    assert isinstance(config["gmm"]["max_samples"], int)
    assert config["sentences"]["eta"] == [0.001, 0.025]


def test_what_snakemake_gives_as_text_is_read():
    """Inside a value of --config all is text."""
    text = "{seeds: ['3'], frames_ahead: 'null', data: {keep_archives: 'false'}, svm: {C: '2'}}"
    config = configured(yaml.safe_load(text))
    assert config["seeds"] == [3] and config["frames_ahead"] is None
    assert config["data"]["keep_archives"] is False and config["svm"]["C"] == 2
    assert configured({"run": {"name": "3"}})["run"]["name"] == "3"


def test_a_home_is_written_out_in_every_path(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    own = {"layout": "manifest", "manifest": "~/m.csv", "sequences": {"f": "~/f.h5"}}
    captions = {"layout": "files", "captions": ["~/a.json", "b~.json"], "splits": {"train": "~/t"}}
    captions["splits"]["test"] = "t~/~"
    config = configured(
        {"datasets": {"own": own}, "captions": {"c": captions}, "data": {"root": "~"}}
    )
    assert config["datasets"]["own"]["manifest"] == "/home/me/m.csv"
    assert config["datasets"]["own"]["sequences"]["f"] == "/home/me/f.h5"
    assert config["captions"]["c"]["captions"] == ["/home/me/a.json", "b~.json"]
    assert config["captions"]["c"]["splits"] == {"train": "/home/me/t", "test": "t~/~"}
    assert config["data"]["root"] == "/home/me"


def test_a_python_that_snakemake_cannot_start_is_named():
    check_start("/home/me/my clone", "/home/me/.venv/bin/python3")
    check_start("/home/me", "/home/Jörg/~venv/bin/python3")
    for python in ("/home/my clone/.venv/bin/python", "/home/a&b/python", "/home/it's/python"):
        with pytest.raises(InputError, match="whose path has blanks"):
            check_start("/home/me", python)
    with pytest.raises(InputError, match="braces"):
        check_start("/home/{me}", "/usr/bin/python3")


def test_rows_that_would_be_one_file_are_refused():
    models = configured()["table3"]["models"][:2]
    problems = ["'a b' has the letters of 'ab'", "no letters", "'prn' is no name for a file"]
    problems += ["'AB' has the letters of 'ab'", "'ab.' is no name for a file", "is too long"]
    wrong = [["a b", "ab"], ["?"], ["p r n"], ["AB", "ab"], ["ab."], ["\u00e9" * 101]]
    for names, problem in zip(wrong, problems, strict=True):
        with pytest.raises(InputError, match=f"table3.combinations: .*{problem}"):
            configured({"table3": {"combinations": dict.fromkeys(names, models)}})


def test_printed_commands_can_be_pasted():
    config = configured({"data": {"sources": str(ROOT / "data" / "sources.csv")}})
    report = data_report(config, ["--configfile", "my files/it's mine.yaml"])
    assert report.splitlines()[-1].endswith("""--configfile 'my files/it'"'"'s mine.yaml'""")


def test_variables_of_the_shell_in_paths(monkeypatch, tmp_path):
    monkeypatch.setenv("MINE", str(tmp_path))
    config = {"data": {"root": "$MINE//data/./x/", "sources": "${MINE}/s.csv"}}
    normalise_paths(config)
    assert config["data"] == {"root": f"{tmp_path}/data/x", "sources": f"{tmp_path}/s.csv"}
    with pytest.raises(InputError, match=r"data\.root: '\$YOURS/x' names a variable"):
        normalise_paths({"data": {"root": "$YOURS/x"}})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "$YOURS").mkdir()
    normalise_paths({"data": {"root": "$YOURS"}})  # a folder of that name is there


def test_numbers_too_large_for_a_job():
    said = refusal({"rnn": {"epochs": 10**13, "learning_rate": 1e30}})
    assert "rnn.epochs: 10000000000000 given; expected a whole number" in said
    assert ", at most 2147483647." in said and ", at most 1e+15." in said
