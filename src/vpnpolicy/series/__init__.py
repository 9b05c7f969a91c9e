"""Traffic series out of files: zoned timestamps, what a number means, and every fault by line."""
