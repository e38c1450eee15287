# no generator
