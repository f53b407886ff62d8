"""What the tables mean: links, fixes, areas, review states, queue, inconsistent bugs, privacy. Tables in and out."""
