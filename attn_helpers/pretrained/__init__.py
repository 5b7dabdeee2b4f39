"""Published models, rebuilt from our own layers, with their published weights."""
