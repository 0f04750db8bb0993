"""Raw frame + tracks -> redacted frame: the only door for pictures out of a worker.

    frame.py         RedactedFrame, made nowhere else and accepted by every encoder
    regions.py       which parts of a picture to cover, and how generously
    hold.py          what was seen a moment ago and is still covered
    faces.py         faces as boxes, for those that no person box explains
    paint.py         the constant fills
    redactor.py      puts them together and fails closed
    overlay.py       boxes, trails, lines and counters on a redacted frame
    encode_jpeg.py, encode_video.py    redacted frames to bytes and files

Covered pixels do not leave: what is covered is replaced by a constant, at full
resolution and before anything is scaled, so that two pictures which differ
only inside the covered regions give the same bytes. Blur and mosaic do not
have that property and are not offered.
"""
