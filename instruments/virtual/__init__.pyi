from .control import ControlChannel as ControlChannel
from .launch import Served as Served
from .launch import ensure_served as ensure_served
from .launch import find_served as find_served
from .launch import stop_served as stop_served
from .server import serve as serve
from .virtual_bench import VirtualBench as VirtualBench
