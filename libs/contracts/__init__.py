"""The shared vocabulary: what services say to each other and keep in their logs."""
