"""One refresh and what it leaves: inputs, the file that is filled, publication, retention."""
