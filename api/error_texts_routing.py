"""Sentences for the refusals of ``routing`` and ``printing``."""

from api.error_text import Text

ROUTING = {
    "routing.error": Text(
        422, "线路无法计算，请联系管理员。", "Routes cannot be computed; ask the administrator."
    ),
    "routing.not_whole": Text(
        422, "{field} 应为整数，现为 {value}。", "{field} must be a whole number, not {value}."
    ),
    "routing.out_of_range": Text(
        422,
        "{field} 为 {value}，应在 {least} 到 {most} 之间。",
        "{field} is {value}; it must be from {least} to {most}.",
    ),
    "routing.empty_name": Text(422, "{field} 不能为空。", "{field} must not be empty."),
    "routing.window_ends_before_start": Text(
        422,
        "时间窗的结束（{end_s} 秒）早于开始（{start_s} 秒），请改正。",
        "A time window ends ({end_s} s) before it starts ({start_s} s); correct it.",
    ),
    "routing.duplicate_stop": Text(
        422, "停靠点 {stop_id} 重复。", "Stop {stop_id} is there twice."
    ),
    "routing.duplicate_vehicle_type": Text(
        422, "车型 {type_id} 重复。", "Vehicle type {type_id} is there twice."
    ),
    "routing.no_vehicles": Text(
        422, "{problem} 没有车辆，请先登记车辆。", "{problem} has no vehicle; enter one first."
    ),
    "routing.no_depot": Text(
        422, "{problem} 没有厨房，请先登记厨房。", "{problem} has no kitchen; enter one first."
    ),
    "routing.unknown_depot": Text(
        422,
        "没有厨房 {depot_id}，请检查车辆和停靠点。",
        "Kitchen {depot_id} is named but not there; check vehicles and stops.",
    ),
    "routing.too_many_stops": Text(
        422,
        "停靠点有 {found} 个，最多 {most} 个；请分开计算。",
        "{found} stops are too many (at most {most}); plan them in parts.",
    ),
    "routing.duplicate_relay": Text(
        422, "接力人 {relay_id} 重复。", "Relay {relay_id} is there twice."
    ),
    "routing.reload_elsewhere": Text(
        422,
        "车型 {type_id} 要跑多趟，却不回出发的厨房；请改成一趟，或改回同一厨房。",
        "Type {type_id} has several trips but does not end where it starts; give it one trip or the same kitchen.",
    ),
    "routing.unknown_vehicle_type": Text(
        422,
        "停靠点 {stop_id} 要求的车型 {type_id} 不存在。",
        "Stop {stop_id} asks for vehicle type {type_id}, which does not exist.",
    ),
    "routing.no_such_type": Text(
        404, "没有车型 {type_id}。", "There is no vehicle type {type_id}."
    ),
    "routing.not_under_way": Text(
        422,
        "{now_s} 秒时，车型 {type_id} 的第 {vehicle} 辆（从 0 数起）不在路上，请核对车号和时间。",
        "Vehicle {vehicle} (from 0) of type {type_id} is not on the road at {now_s} s; check number and time.",
    ),
    "routing.unknown_stop": Text(404, "没有停靠点 {stop_id}。", "There is no stop {stop_id}."),
    "routing.matrix_shape": Text(
        422,
        "矩阵 {matrix} 应有 {expected} 项，第 {row} 行有 {found} 项。",
        "Matrix {matrix} wants {expected} entries, row {row} has {found}.",
    ),
    "routing.matrix_entry": Text(
        422,
        "矩阵 {matrix} 第 {row} 行第 {column} 列的 {value} 不能用。",
        "Entry {value} at row {row}, column {column} of matrix {matrix} cannot be used.",
    ),
    "routing.matrices_disagree": Text(
        422,
        "第 {row} 行第 {column} 列：一张表说不通，另一张却有数字。",
        "Row {row}, column {column}: one matrix says unreachable, the other gives a figure.",
    ),
    "routing.cost_too_large": Text(
        422,
        "车型 {type_id} 的费用 {cost} 过大，请检查单价。",
        "Cost {cost} of type {type_id} is too large; check its rates.",
    ),
    "routing.bad_coordinate": Text(
        422,
        "{place} 的坐标 {lon}, {lat} 有误，请改正。",
        "{place} has no usable coordinate ({lon}, {lat}); correct it.",
    ),
    "routing.missing_coordinate": Text(
        422, "{place} 没有坐标，请补上。", "{place} has no coordinate; add it."
    ),
    "routing.bad_speed_classes": Text(
        422, "车速分级第 {position} 项有误。", "Speed class {position} is out of order or missing."
    ),
    "routing.travel_table_row": Text(
        422,
        "路程表第 {line} 行 {column} 的 {value} 无法读取。",
        "Line {line} of the travel table: {column} is {value}, which cannot be read.",
    ),
    "routing.duplicate_pair": Text(
        422,
        "路程表第 {line} 行：{origin} 到 {destination} 重复。",
        "Line {line} of the travel table gives {origin} to {destination} twice.",
    ),
    "routing.unsupported_section": Text(
        422, "不认识的段落 {section}。", "Section {section} is not known."
    ),
    "routing.unsupported_value": Text(
        422, "{section} 的值 {value} 不支持。", "{section} has the unsupported value {value}."
    ),
    "routing.missing_section": Text(422, "缺少段落 {section}。", "Section {section} is missing."),
    "routing.duplicate_section": Text(
        422, "段落 {section} 重复。", "Section {section} is there twice."
    ),
    "routing.not_in_format": Text(
        422,
        "{format_name} 格式写不下 {feature}，没有写出；请改用本系统的 JSON。",
        "{format_name} cannot carry {feature}; nothing was written. Use this product's JSON.",
    ),
    "routing.bad_line": Text(
        422, "{where} 无法读取：{value}。", "{where} cannot be read: {value}."
    ),
    "routing.judge_disagrees": Text(
        500,
        "{problem} 的线路复核不符（应 {expected_cost}，实 {judged_cost}，{violations} 处违规），没有采用；请报告开发者。",
        "The plan of {problem} does not pass its judge ({expected_cost} against {judged_cost}, {violations} broken "
        "rules) and was not used; report it.",
    ),
    "routing.travel_service_unknown": Text(
        422,
        "没有设置路程服务，或不认识“{service}”。请把 NUANZAO_TRAVEL_SERVICE 设为 osrm、valhalla 或 amap。",
        "No travel service is set, or '{service}' is not known: set NUANZAO_TRAVEL_SERVICE to osrm, valhalla or amap.",
    ),
    "routing.travel_address_unusable": Text(
        422,
        "{service} 的地址 {url} 不能用：须为 http 或 https，带密钥的须为 https。请检查 NUANZAO_TRAVEL_URL。",
        "Address {url} of {service} cannot be used: http or https, and https where a key is sent; see NUANZAO_TRAVEL_URL.",
    ),
    "routing.travel_key_missing": Text(
        422,
        "{service} 需要密钥，请设置 NUANZAO_AMAP_KEY。",
        "{service} wants a key: set NUANZAO_AMAP_KEY.",
    ),
    "routing.travel_service_down": Text(
        503,
        "{service}（{url}）试了 {attempts} 次都没有答复：{reason}。库里的路程没有改动，请稍后再试。",
        "{service} ({url}) did not answer in {attempts} tries: {reason}. The stored ways are unchanged; try later.",
    ),
    "routing.travel_service_refused": Text(
        502,
        "{service} 拒绝了请求（{reason}）：{said}。库里的路程没有改动。",
        "{service} refused ({reason}): {said}. The stored ways are unchanged.",
    ),
    "routing.travel_answer_broken": Text(
        502,
        "{service} 的答复在 {where} 处不合规（{value}），整张表没有采用。",
        "The answer of {service} is wrong at {where} ({value}); nothing of it was used.",
    ),
}

PRINTING = {
    "printing.error": Text(
        422, "无法打印，请联系管理员。", "This cannot be printed; ask the administrator."
    ),
    "printing.total_mismatch": Text(
        500,
        "{total} 合计 {given} 与各行之和 {summed} 不符，没有打印。",
        "Total {total} says {given}, its lines {summed}; not printed.",
    ),
    "printing.column_mismatch": Text(
        500,
        "行 {line} 应有 {expected} 格，实有 {given} 格。",
        "Line {line} has {given} cells, its sheet {expected}.",
    ),
    "printing.wrong_order": Text(
        500, "停靠顺序有误：{sequences}。", "The stops do not stand in order: {sequences}."
    ),
    "printing.does_not_fit": Text(
        422,
        "“{text}”放不下，又不能省略；请换大标签或改短。",
        "'{text}' has no room and may not be shortened; use larger paper.",
    ),
    "printing.bad_card_code": Text(
        500,
        "卡码有 {length} 位，应为 49 位数字。",
        "The card code has {length} characters, not 49 digits.",
    ),
    "printing.qr_too_long": Text(
        422,
        "内容 {length} 字过长，{level} 级二维码放不下。",
        "{length} characters are too many for a QR code of level {level}.",
    ),
    "printing.font_missing": Text(
        500,
        "字体文件 {path} 读不出，请检查字体设置。",
        "Font {path} cannot be read; check the font list.",
    ),
    "printing.nothing_to_print": Text(
        404, "{sheet} 没有内容可打印。", "{sheet}: there is nothing to print."
    ),
    "printing.naive_time": Text(500, "{field} 没有时区。", "{field} has no time zone."),
}
