"""Jobs as guards report them."""
