"""The reference for traffic: SUMO simulates, its own detectors say what is true."""
