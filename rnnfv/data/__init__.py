"""What is experimented on: data sets, their splits and captions, downloads, and the synthetic sets."""
