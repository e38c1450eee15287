"""The autoencoder of MLPerf Tiny's anomaly detection: dense layers from 640 values to 8 and back."""

import keras
from keras import layers

HIDDEN = (128, 128, 128, 128, 8, 128, 128, 128, 128)


def build(input_shape: tuple[int], outputs: int) -> keras.Model:
    """Network from `input_shape` (values of a stack of spectra) to `outputs` values."""
    spectra = layers.Input(input_shape, name="spectra")
    values = spectra
    for number, units in enumerate(HIDDEN, start=1):
        values = layers.Dense(units, use_bias=False, name=f"dense{number}")(values)
        values = layers.BatchNormalization(name=f"dense{number}_normalized")(values)
        values = layers.ReLU(name=f"dense{number}_activated")(values)
    return keras.Model(spectra, layers.Dense(outputs, name="reconstruction")(values))
