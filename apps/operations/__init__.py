"""Operating the product: run, benchmark, warm, verify, back up."""
