"""From the registry to test files: plan what goes where, render the text, write it to disk."""
