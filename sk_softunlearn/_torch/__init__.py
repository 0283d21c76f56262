"""Modules that need PyTorch. They are imported where they are used."""
