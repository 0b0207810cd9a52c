"""Do the chapters' assertions hold on other draws? Each is executed under other seeds."""
