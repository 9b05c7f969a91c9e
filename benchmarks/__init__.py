"""Side by side, in one run: ratios that hold on any machine, never absolute times in a test."""
