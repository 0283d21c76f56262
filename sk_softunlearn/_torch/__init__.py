"""What needs PyTorch: its modules are imported where they are used."""
