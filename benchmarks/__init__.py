"""Speed and quality, each against a peer in the same run."""
