"""A feature network as a rule's parameters describe it, and what its files say of it."""

from job import params, snakemake, wildcards

from rnnfv.arrays.provenance import provenance
from rnnfv.devices import own_gpu
from rnnfv.features.networks.registry import create_network, describe_network
from rnnfv.planning.actions import network_options


def load_network(*libraries):
    """The network of the rule's ``settings``, and provenance with the versions of ``libraries``."""
    settings = dict(params.settings)
    key = f"features.{wildcards.feature}"
    name, options = settings["network"], network_options(settings)
    planned = describe_network(name, key=key, **options)
    if hasattr(planned, "device"):  # a network without weights needs none
        options = {"device": own_gpu(snakemake.resources.device), **options}
    network = create_network(name, key=key, **options)
    about = {"weights": network.weights_label, "weights_sha256": network.weights_sha256}
    about["mean_sha256"] = network.mean_sha256 or None
    return network, provenance(settings, libraries, network=name, **about)


def weights_files():
    """The files that the network is read from, as far as the configuration names them."""
    named = (params.settings.get("weights"), params.settings.get("mean"))
    return [path for path in named if path not in (None, "random")]
