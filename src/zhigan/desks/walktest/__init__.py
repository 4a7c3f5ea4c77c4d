"""Walk tests 走查测试: each detector of a scope made to answer, with a sheet of what did and what did not."""
