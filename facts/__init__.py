"""Facts: numbers and units exactly as reported, fact sheets and their readers, and the tables made from them."""
