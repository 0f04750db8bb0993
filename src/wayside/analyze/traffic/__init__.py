"""Traffic: crossings of lines, movements between them, speeds at them, stopped objects."""
