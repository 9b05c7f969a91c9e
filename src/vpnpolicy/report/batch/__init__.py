"""Many reports at once: a plan, a lock, a journal, and only what changed."""
