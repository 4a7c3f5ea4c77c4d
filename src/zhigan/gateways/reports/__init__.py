"""What people and other platforms report: a hazard, a call, a list of cameras."""
