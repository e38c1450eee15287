"""Operators without a file in `operators/` that TensorFlow Lite Micro runs: what becomes of them, or why not."""

from __future__ import annotations

from collections.abc import Mapping

ELSEWHERE: Mapping[str, str] = {
    "CALL_ONCE": "read as first values of variables; subgraphs that compute are refused",
    "CIRCULAR_BUFFER": "refused: layers behind it run only in some inferences; keep the values outside of the network",
    "EMBEDDING_LOOKUP": "written as GATHER",
    "IF": "written out: the layers of one branch if the condition is constant, else both branches and SELECT_V2; "
    "a state in a branch is refused",
    "SHAPE": "computed when the file is read; refused as an output of the network",
    "TFLM_DECODE": "refused: its weights are compressed; convert the network without compression",
    "TFLite_Detection_PostProcess": "refused: the number of its results varies; end the network before it",
    "VAR_HANDLE": "read as the variable that it names",
    "WHILE": "written out if all inferences have the same number of steps, at most 500; other loops and a state in the "
    "body are refused",
    "ZEROS_LIKE": "computed when the file is read; refused as an output of the network",
    "ethos-u": "refused: the network is compiled for an NPU; give the file that it was compiled from",
}
"""Sentences by operator, for custom ones by their code. A test asks TensorFlow Lite Micro for its operators."""
