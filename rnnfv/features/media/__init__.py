"""Media: videos and images to RGB pixels, and a report on the files that are broken."""
