"""A package as users have them: ten right layers, and ten with planted defects."""
