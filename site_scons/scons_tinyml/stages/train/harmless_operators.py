"""Operators of TensorFlow that compute on tensors and variables alone, and touch nothing of the machine.

Those that TensorFlow Lite has a counterpart of, and those that a network of Keras is exported with. An operator that
is missing here is refused, with its name: add it only if no attribute and no input of it names a file, a host, a
function of Python or a place in memory. Operators without state may do so: `ImmutableConst` maps a file,
`DebugIdentity` writes one.
"""

from __future__ import annotations

COMPUTING = frozenset(
    """
    Const Placeholder PlaceholderWithDefault NoOp Identity IdentityN StopGradient PreventGradient EnsureShape
    Shape ShapeN Size Rank Reshape ExpandDims Squeeze Pack Unpack Concat ConcatV2 Split SplitV Slice StridedSlice
    Gather GatherV2 GatherNd ScatterNd TensorScatterAdd TensorScatterSub TensorScatterUpdate Tile Transpose
    Reverse ReverseV2 ReverseSequence Roll Pad PadV2 MirrorPad Fill ZerosLike OnesLike Range LinSpace Where Select
    SelectV2 Cast Bitcast BroadcastTo BroadcastArgs OneHot Cumsum Cumprod TopK TopKV2 Unique UniqueV2 ArgMax ArgMin
    InvertPermutation DynamicStitch DynamicPartition Bucketize
    MatrixDiag MatrixDiagV2 MatrixDiagV3 MatrixSetDiag MatrixSetDiagV2 MatrixSetDiagV3 MatrixBandPart
    SpaceToDepth DepthToSpace SpaceToBatchND BatchToSpaceND
    Add AddV2 AddN Sub Mul MulNoNan Div DivNoNan RealDiv FloorDiv FloorMod TruncateDiv TruncateMod Mod Pow Maximum
    Minimum SquaredDifference Abs Neg Sign Square Sqrt Rsqrt Reciprocal Inv Exp Expm1 Log Log1p Sin Cos Tan Asin Acos
    Atan Atan2 Sinh Cosh Tanh Erf Erfc Ceil Floor Round Rint ClipByValue L2Loss Xdivy Xlogy
    Equal NotEqual Less LessEqual Greater GreaterEqual ApproximateEqual LogicalAnd LogicalOr LogicalNot IsNan IsInf
    IsFinite BitwiseAnd BitwiseOr BitwiseXor Invert LeftShift RightShift
    Sum Prod Mean Max Min All Any EuclideanNorm UnsortedSegmentSum UnsortedSegmentProd UnsortedSegmentMax
    UnsortedSegmentMin SegmentSum
    MatMul BatchMatMul BatchMatMulV2 BatchMatMulV3 Einsum BiasAdd BiasAddV1
    Conv2D Conv2DBackpropInput Conv3D Conv3DBackpropInputV2 DepthwiseConv2dNative Dilation2D
    AvgPool AvgPool3D MaxPool MaxPoolV2 MaxPool3D MaxPoolWithArgmax LRN
    FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3
    Relu Relu6 LeakyRelu Elu Selu Sigmoid Softplus Softsign Softmax LogSoftmax
    ResizeBilinear ResizeNearestNeighbor ResizeBicubic CropAndResize ExtractImagePatches RFFT RFFT2D IRFFT Real Imag
    Complex ComplexAbs
    FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel
    QuantizeAndDequantizeV2 QuantizeAndDequantizeV3 QuantizeAndDequantizeV4
    TensorListFromTensor TensorListReserve TensorListSetItem TensorListGetItem TensorListStack TensorListLength
    TensorListResize TensorListElementShape TensorListConcatV2 EmptyTensorList TensorListPushBack TensorListPopBack
    PartitionedCall StatefulPartitionedCall If StatelessIf While StatelessWhile Case StatelessCase
    VarHandleOp VarIsInitializedOp ReadVariableOp AssignVariableOp AssignAddVariableOp AssignSubVariableOp
    ResourceGather
    """.split()  # noqa: SIM905 - a hundred lines otherwise
)
"""Operators that a function of a network may have."""
SAVING = frozenset(
    """
    SaveV2 RestoreV2 MergeV2Checkpoints ShardedFilename StringJoin StaticRegexFullMatch DisableCopyOnRead
    """.split()  # noqa: SIM905
)
"""Operators of the functions that save and restore variables, which TensorFlow adds and does not call to load them."""
