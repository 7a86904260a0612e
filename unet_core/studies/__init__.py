"""What we measured: each study says which networks are trained and compared; `python -m unet_core study NAME` does it.

The results are in `assets/studies`; sentences and charts are made from them and from nothing else.
"""

from unet_core.studies import by_photo, data_amount, depth, kernels_and_filters, skips, strokes, wiring
from unet_core.studies.study import Study

STUDIES: dict[str, Study] = {
    module.STUDY.name: module.STUDY
    for module in (depth, skips, wiring, by_photo, kernels_and_filters, data_amount, strokes)
}
