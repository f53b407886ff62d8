"""Where records come from: Launchpad, Gerrit, a saved Gerrit answer, a git clone. As served, nothing interpreted."""
