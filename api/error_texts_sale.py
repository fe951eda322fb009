"""Sentences for the till's refusals (``pos/sales.py``): said to the cashier, so they say what to do."""

from api.error_text import Text

SALE = {
    "sale.id_reused": Text(
        409,
        "这笔编号已用于另一笔收费，没有重复收费。请重新打开收银页再收。",
        "This charge id was already used for something else; nothing was charged. Open the till page again.",
    ),
    "sale.device_unknown": Text(
        422,
        "收银设备没有登记，请管理员先登记设备。",
        "This till is not enrolled; ask the administrator to enrol it.",
    ),
    "sale.counter_reused": Text(
        422,
        "这台设备的流水号已被另一笔（{charge_id}）占用，请重新打开收银页再收；若反复出现，请重新登记设备。",
        "This till's counter already belongs to charge {charge_id}. Open the till page again; "
        "if it happens repeatedly, enrol the till anew.",
    ),
    "sale.epoch_stale": Text(
        422,
        "设备登记已更新（本机第 {epoch} 次，现为第 {enrolled} 次），请重新登记本机。",
        "This till was enrolled anew elsewhere (here {epoch}, now {enrolled}); enrol it again.",
    ),
    "sale.in_future": Text(
        422,
        "收费时间 {occurred_at} 晚于现在，请校准收银机的时钟后重试。",
        "The charge is dated {occurred_at}, which has not come yet. Set the till's clock and try again.",
    ),
    "sale.order_unknown": Text(
        422,
        "没有订餐 {order_id}，请按刷卡或人工查找收费。",
        "There is no order {order_id}. Charge by card or by look-up instead.",
    ),
    "sale.order_mismatch": Text(
        422,
        "订餐 {order_id} 不是这位老人在此站点这一餐的，请核对。",
        "Order {order_id} is not this person's at this site for this meal. Check it.",
    ),
    "sale.order_charged": Text(
        422,
        "订餐 {order_id} 已经收过费，不再重复收费。",
        "Order {order_id} is charged already; it is not charged again.",
    ),
    "sale.meal_closed": Text(
        422,
        "{site_id} 的这一餐已经日结，不能再收；请记入下一餐或联系乡镇经办。",
        "This meal at {site_id} is closed; charge it to the next meal or call the township clerk.",
    ),
    "sale.two_identities": Text(
        422,
        "同时给了卡和人员编号，请只留一种。",
        "Both a card and a person were given; keep one of them.",
    ),
    "sale.senior_unknown": Text(
        422,
        "没有找到这位老人的档案，请核对，或按来客原价收费。",
        "This person is not in the register; check, or charge as a guest at full price.",
    ),
    "sale.senior_deceased": Text(
        422,
        "登记显示持卡人已故，不能享受补助；请收回卡片并联系乡镇经办。",
        "The register says the card holder has died; keep the card and call the township clerk.",
    ),
    "sale.senior_moved": Text(
        422,
        "登记显示持卡人户籍已迁出，可按来客原价收费；如有疑问联系乡镇经办。",
        "The register says the card holder has moved away; charge as a guest or call the township clerk.",
    ),
    "sale.card_unknown": Text(
        422,
        "卡片有效但系统里没有发卡记录，请凭身份证查找本人或按来客收费，并报告管理员。",
        "The card is genuine but was never issued here; look the person up or charge as a guest, and report it.",
    ),
    "sale.card_revoked": Text(
        422,
        "此卡（第 {issue_no} 次发卡）已挂失或作废，请用新卡，或凭身份证查找本人。",
        "This card (issue {issue_no}) was reported lost or replaced; use the new card or look the person up.",
    ),
    "sale.device_revoked": Text(
        422,
        "收银设备 {device_id} 已停用，请联系管理员。",
        "Till {device_id} was taken out of service; call the administrator.",
    ),
    "sale.nobody_named": Text(
        422,
        "没有刷卡也没有选定老人，请刷卡、查找，或按访客收费。",
        "Neither a card nor a person was given. Scan, look up, or charge as a guest.",
    ),
    "sale.overpaid": Text(
        422,
        "场外支付 {paid} 元多于应付 {due} 元，请核对金额。",
        "{paid} yuan was paid outside, more than the {due} yuan due. Check the amount.",
    ),
    "sale.reference_used": Text(
        422,
        "支付单号 {reference} 已用于另一笔收费，没有重复收费。",
        "Payment reference {reference} already paid for another charge; nothing was charged.",
    ),
    "sale.origin_unknown": Text(
        422,
        "没有收费 {origin_id}，无法退。",
        "There is no charge {origin_id} to take back.",
    ),
    "sale.origin_elsewhere": Text(
        422,
        "收费 {origin_id} 不是本站点的，请到原站点退或请乡镇办理。",
        "Charge {origin_id} was made at another site. Take it back there, or ask the township.",
    ),
    "sale.origin_is_reversal": Text(
        422,
        "{origin_id} 本身是一笔退款，不能再退。",
        "{origin_id} is itself a reversal and cannot be taken back.",
    ),
    "sale.already_reversed": Text(
        422,
        "这笔收费已退过（{reversed_by}），没有重复退款。",
        "This charge was taken back already ({reversed_by}); nothing was given back again.",
    ),
    "sale.reversal_late": Text(
        422,
        "这是 {day} 的收费，收银台只能退当天的，请乡镇办理。",
        "The charge is of {day}. A till takes back charges of the same day only; ask the township.",
    ),
    "sale.returned_too_much": Text(
        422,
        "第 {line} 行没有 {quantity} 份可退，请核对份数（行号从 0 起）。",
        "Line {line} (counted from 0) holds fewer than {quantity} portions to give back.",
    ),
    "sale.return_costs": Text(
        422,
        "退掉这些菜后补助减少，反而要多付 {more} 元；请整单退款后重新收费。",
        "Without these dishes the subsidy shrinks and {more} yuan more would be due. Take back the whole charge and charge again.",
    ),
    "sale.refund_too_much": Text(
        422,
        "场外退款 {back} 元多于当时支付的 {paid} 元，请核对。",
        "{back} yuan would go back outside, but only {paid} yuan had come that way.",
    ),
}
