"""Raw pictures to detections.

In: pictures (BGR) of one or many feeds, whole or cut to the regions worth
looking at. Out: `Detections`, normalised, one set a picture. Behind the
`Detector` protocol stand the backends (openvino, onnxruntime); beside it the
motion detector, which needs no weights and sees what no model knows; above
both, fusion makes one list of objects out of the two.
"""
