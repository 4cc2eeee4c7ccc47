"""What should there be in the cluster? Pure: documents in, objects out."""
