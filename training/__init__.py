"""How the weights that wayside carries were trained, and are trained again: `make train-types`.

Not part of the wheel, and imports nothing from it. In: pictures with boxes (a folder with
`train.json`, `val.json`, crops and licences). Out: an ONNX file and its card.
"""
