"""The model.toml of a network that is trained in a second, for whole builds."""

MODEL = """\
description = "Cat or not, as small and as bad as can be"

[input]
shape = [28, 28, 1]

[dataset]
name = "animal-mnist"
positive_class = "cat"
train_fraction = 0.9
validation_fraction = 0.05

[training]
epochs = 1
samples_per_epoch = 256
batch_size = 64
learning_rate = 0.01
seed = 1

[quantization]
representative_samples = 16

[budgets]
flash = "64 KiB"
accuracy_drop = 0.9
"""
