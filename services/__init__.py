"""The services, each a process of its own."""

import gc

# A service makes far more objects that stay than garbage, from the first import on: looking at them all after every seven
# hundred new ones took a tenth of its time.
gc.set_threshold(50_000, 20, 50)
