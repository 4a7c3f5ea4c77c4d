"""Names of data items and codes that command centres use, as far as they are known from public texts."""

NAMES: dict[str, str] = {
    "JQ_TYWYSBM": "警情 通用唯一识别码",
    "BJ_TYWYSBM": "报警 通用唯一识别码",
    "MC": "名称",
    "DDMC": "地点名称",
    "JQFLYDM": "警情分类与代码",
    "JQDJDM": "警情等级代码（火警等级，由119确定）",
    "JQZT": "警情状态",
    "LBDM": "类别代码",
    "RQSJ": "日期时间",
    "JQDX": "警情对象",
    "JQDX_MC": "警情对象 名称",
    "LC": "楼层",
    "DQJD": "地球经度",
    "DQWD": "地球纬度",
    "BJDH": "报警电话",
    "BJRXM": "报警人 姓名",
    "BJFSLBDM": "报警方式类别代码",
    "BJSJ": "报警时间",
    "LASJ": "立案时间",
    "CDSJ": "出动时间",
    "DCSJ": "到场时间",
    "CSSJ": "出水时间",
    "HSKZSJ": "火势控制时间",
    "JBPMSJ": "基本扑灭时间",
    "TSSJ": "停水时间",
    "GDSJ": "归队时间",
    "JASJ": "结案时间",
    "XZQHDM": "行政区划代码",
    "BKRS": "被困人数",
    "DPCL_SL": "调派车辆 数量",
    "DPRY_RS": "调派人员 人数",
}
NEEDED = ("JQ_TYWYSBM", "DDMC", "BJSJ")
GRADES = frozenset({"JQDJDM", "EM_JQJB"})
"""119's own grade of an incident (火警等级): nobody else writes it."""
TIMES: dict[str, str] = {
    "LASJ": "accepted",
    "CDSJ": "turnout",
    "DCSJ": "arrival",
    "CSSJ": "water",
    "HSKZSJ": "controlled",
    "JBPMSJ": "extinguished",
    "GDSJ": "returned",
}
"""Moments of an incident, in the order in which they usually come."""
VEHICLE_STATES: dict[str, str] = {
    "10": "备勤", "20": "出动", "21": "途中", "22": "到场", "23": "出水", "24": "停水", "25": "返队", "26": "驻防",
    "27": "运水", "30": "训练",
}  # fmt: skip
"""GA/T 974.39."""
