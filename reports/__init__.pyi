from .errors import ReportFault as ReportFault
from .errors import ReportMistake as ReportMistake
from .page import write_page as write_page
from .rounding import rounded as rounded
from .transfer import TransferResult as TransferResult
from .transfer import analyse as analyse
