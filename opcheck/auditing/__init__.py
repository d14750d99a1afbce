"""People's own layers, models and custom gradients: found, built, and looked at from all sides."""
