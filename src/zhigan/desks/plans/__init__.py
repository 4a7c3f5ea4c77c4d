"""Floor plans: pictures of floors, and devices placed on them by hand."""
