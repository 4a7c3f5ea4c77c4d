"""Sheets of other houses, as rows: encodings, units, and by what words their columns are known."""

ENCODINGS: dict[str, str] = {
    "": "自动识别",
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "gb18030": "GB 18030（GBK、GB 2312）",
    "cp949": "CP949（EUC-KR）",
    "big5": "Big5",
    "cp1252": "Windows-1252",
}

PRESSURE: dict[str, float] = {
    "MPa": 1.0, "kPa": 0.001, "bar": 0.1, "psi": 0.006_894_757, "kgf/cm2": 0.098_066_5, "mH2O": 0.009_806_65,
}  # fmt: skip
LENGTH: dict[str, float] = {"mm": 1.0, "cm": 10.0, "inch": 25.4}
FLOW: dict[str, float] = {"L/s": 1.0, "L/min": 1 / 60, "m3/h": 1 / 3.6, "gpm": 0.063_090_2}
"""To what is kept: MPa, mm, L/s. `gpm` are US gallons."""

UNITS: dict[str, dict[str, float]] = {
    "pressure_mpa": PRESSURE, "static_mpa": PRESSURE, "residual_mpa": PRESSURE,
    "diameter_mm": LENGTH, "main_mm": LENGTH, "flow_lps": FLOW,
}  # fmt: skip
WHOLE = ("diameter_mm", "main_mm")

KNOWN_AS: dict[str, tuple[str, ...]] = {
    "code": ("编码", "编号", "消火栓编号", "设施编号", "시설번호", "id", "no", "number", "hydrant_id"),
    "name": ("名称", "消火栓名称", "상세위치", "title"),
    "lon": ("经度", "경도", "longitude", "lng", "long", "x"),
    "lat": ("纬度", "위도", "latitude", "y"),
    "address": ("地址", "位置", "详细地址", "소재지도로명주소", "소재지지번주소", "location", "street"),
    "state": ("状态", "完好情况", "사용가능여부", "status"),
    "pressure_mpa": ("水压", "压力", "出水压力", "출수압력", "pressure"),
    "diameter_mm": ("口径", "接口口径", "nenndurchmesser", "diameter"),
    "main_mm": ("管径", "管道直径", "배관지름", "pipe_diameter", "main"),
    "kind": ("种类", "类型", "消火栓类型", "type"),
    "outlets": ("出水口", "栓口"),
    "owner": ("权属单位", "产权单位", "管理单位", "제공기관명", "owner"),
    "zone": ("供水分区", "分区"),
    "static_mpa": ("静压", "静水压力", "statischerdruck", "static"),
    "residual_mpa": ("动压", "dynamischerdruck", "residual"),
    "flow_lps": ("流量", "zufluss", "flow"),
    "tested_on": ("测试日期", "检测日期"),
    "area_code": ("区划", "行政区划代码"),
}
"""By a column's first line, without what stands in brackets; the first that is there."""

WORDS: dict[str, str] = {
    "y": "usable", "yes": "usable", "完好": "usable", "正常": "usable", "可用": "usable", "在用": "usable",
    "n": "damaged", "no": "damaged", "损坏": "damaged", "故障": "damaged", "停用": "damaged", "无水": "no_water",
    "水压低": "low_pressure", "被占压": "blocked", "埋压": "blocked", "圈占": "blocked", "已拆除": "removed",
    "拆除": "removed", "地上式": "above", "地上": "above", "地下式": "below", "地下": "below", "墙壁式": "wall",
}  # fmt: skip
"""What other houses call states and kinds; what is not here is a bad line, by name."""
