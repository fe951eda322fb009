"""Sentences for the refusals of ``pos``."""

from api.error_text import Text

POS = {
    "pos.error": Text(
        422,
        "收费规则无法执行，请联系管理员。",
        "A sales rule cannot be applied; ask the administrator.",
    ),
    "pos.money.negative_amount": Text(
        422,
        "{name} 不能是负数（{amount_fen} 分）。",
        "{name} must not be negative ({amount_fen} fen).",
    ),
    "pos.money.percent_out_of_range": Text(
        422, "百分比 {percent} 不在 0 到 100 之间。", "{percent} is no percentage from 0 to 100."
    ),
    "pos.money.no_weights": Text(
        422,
        "{total_fen:yuan} 元没有可分摊的对象，请检查分担比例。",
        "{total_fen:yuan} yuan cannot be split: no weight is above zero.",
    ),
    "pos.money.yuan_malformed": Text(
        422,
        "“{text}”不是金额，请按 12.50 的写法填写。",
        "'{text}' is no amount; write it like 12.50.",
    ),
    "pos.age.born_after": Text(
        422,
        "出生日期 {birth_date} 晚于 {day}，请核对档案。",
        "Birth date {birth_date} lies after {day}; check the register.",
    ),
    "pos.age.id_number_malformed": Text(
        422,
        "身份证号填写有误（{fault}），请核对证件。",
        "The ID number is not right ({fault}); check the document.",
    ),
    "pos.policy.unreadable": Text(
        422, "政策文件 {origin} 无法读取：{problem}。", "Policy {origin} cannot be read: {problem}."
    ),
    "pos.policy.unknown_keys": Text(
        422,
        "政策文件 {origin} 有不认识的项目：{keys}。请改正拼写。",
        "Policy {origin} has unknown keys: {keys}. Correct the spelling.",
    ),
    "pos.policy.refused": Text(
        422,
        "政策不能启用：{faults}。请先改正。",
        "The policies cannot be used: {faults}. Correct them first.",
    ),
    "pos.policy.not_in_force": Text(
        422, "政策 {policy_id} 在 {day} 未生效。", "Policy {policy_id} is not in force on {day}."
    ),
    "pos.policy.none_in_force": Text(
        422,
        "{day} 在 {districts} 没有生效的政策，请管理员装入政策后再收。",
        "No policy is in force on {day} in {districts}; ask the administrator to load one.",
    ),
    "pos.pricing.basket_empty": Text(422, "还没有选菜。", "Nothing was chosen."),
    "pos.pricing.basket_line_invalid": Text(
        422,
        "第 {position} 行（从 0 数）的单价 {list_price_fen} 分或数量 {qty} 有误。",
        "Line {position} (from 0) has a wrong price ({list_price_fen} fen) or quantity ({qty}).",
    ),
    "pos.pricing.history_invalid": Text(
        422,
        "补助记录有误：当日 {today_fen:yuan} 元，当月 {month_fen:yuan} 元。请联系管理员核对。",
        "Stored subsidies cannot be: {today_fen:yuan} today, {month_fen:yuan} this month. Ask the administrator.",
    ),
    "pos.pricing.no_tier": Text(
        422,
        "政策 {policy_id} 没有 {age} 周岁的档次，请管理员补上。",
        "Policy {policy_id} has no tier for age {age}; ask the administrator.",
    ),
    "pos.pricing.standing_invalid": Text(
        422,
        "档次信息有误（{reason}，第 {tier} 档）：请联网更新名单后再收。",
        "This standing cannot be ({reason}, tier {tier}); refresh the card list before charging.",
    ),
    "pos.pricing.rest_exceeds_sale": Text(
        422,
        "退餐后剩余 {rest_fen:yuan} 元，超过原收 {sold_fen:yuan} 元，请重新选择退的菜品。",
        "What is left ({rest_fen:yuan} yuan) costs more than was sold ({sold_fen:yuan}); choose again.",
    ),
    "pos.pricing.subsidy_unfunded": Text(
        422,
        "政策 {policy_id} 有 {left_fen:yuan} 元补助无人承担，请管理员改正。",
        "Policy {policy_id} leaves {left_fen:yuan} yuan of subsidy to nobody; ask the administrator.",
    ),
    "pos.pricing.stages_malformed": Text(
        422,
        "存下的计价步骤不成立（{fault}）。",
        "The stored pricing steps do not form a price ({fault}).",
    ),
    "pos.card.length": Text(
        422,
        "卡码应为 49 位数字，现有 {length} 位，请重新扫码。",
        "A card code has 49 digits, this has {length}; scan again.",
    ),
    "pos.card.characters": Text(
        422,
        "卡码第 {position} 位（从 0 数）不是数字，请切换到英文输入后重新扫码。",
        "Character {position} (from 0) of the code is no digit; switch the input method off and scan again.",
    ),
    "pos.card.range": Text(
        422, "卡码数字有误，请重新扫码。", "These digits are no card; scan again."
    ),
    "pos.card.version": Text(
        422,
        "卡的版本 {version} 本系统不认识，请更新系统或换卡。",
        "Card version {version} is unknown here; update the system or replace the card.",
    ),
    "pos.card.key_unknown": Text(
        422,
        "这张卡的密钥（{key_id}）已停用，请换新卡。",
        "This card was made under key {key_id}, which is no longer live; replace the card.",
    ),
    "pos.card.forged": Text(
        422,
        "卡码校验不通过：可能扫错或是伪卡。请重新扫码，仍不行请凭身份证查找本人。",
        "The card does not prove itself: misread or forged. Scan again, else look the person up.",
    ),
    "pos.card.field_invalid": Text(
        422, "发卡资料 {name} 有误。", "{name} of the card to be issued is not right."
    ),
    "pos.card.number_invalid": Text(
        422,
        "卡号应为 16 位数字且校验正确（{fault}），请核对卡面。",
        "A card number has 16 digits and a check digit ({fault}); read it again from the card.",
    ),
    "pos.card.phone_code_stale": Text(
        422,
        "手机码不是当前这一个（截图、过时或手机时间不准），请刷新手机码后再扫，仍不行请用实体卡。",
        "This phone code is not the current one (a screenshot, or the phone's clock is off); refresh it and scan again, else use the card.",
    ),
    "pos.card.phone_code_time_invalid": Text(
        500,
        "核对手机码的时间无法使用（{fault}），请检查服务器时间。",
        "The time to check phone codes at cannot be used ({fault}); check the server's clock.",
    ),
    "pos.card.foreign_malformed": Text(
        422,
        "这不是完好的外县卡码（{fault}），请重新扫码。",
        "This is no sound card code of another county ({fault}); scan again.",
    ),
    "pos.card.foreign_untrusted": Text(
        422,
        "尚未与代码 {county} 的县互认（密钥 {key_id}），请按来客收费。",
        "Cards of county {county} (key {key_id}) are not accepted here; charge as a guest.",
    ),
    "pos.card.foreign_forged": Text(
        422,
        "外县卡（{county}）签名不符：可能扫错或是伪卡。请重新扫码，仍不行请按来客收费。",
        "The card of county {county} does not prove itself: misread or forged. Scan again, else charge as a guest.",
    ),
    "pos.card.foreign_expired": Text(
        422,
        "外县卡（{county}）已于 {valid_until} 到期，请持卡人回发卡县换卡。",
        "The card of county {county} was valid until {valid_until}; its county has to renew it.",
    ),
    "pos.card.foreign_not_yet_valid": Text(
        422,
        "外县卡（{county}）自 {issued_on} 起才有效。",
        "The card of county {county} is valid from {issued_on} only.",
    ),
    "pos.card.key_ring_invalid": Text(
        500,
        "卡密钥配置有误（{fault}），请检查密钥文件。",
        "The card keys cannot be used ({fault}); check the key file.",
    ),
    "pos.snapshot_invalid": Text(
        422,
        "卡片清单不可信（{fault}），请联网重新下载。",
        "The card list cannot be trusted ({fault}); fetch it anew on line.",
    ),
    "pos.till_log_damaged": Text(
        500,
        "收银机记录在第 {at} 字节处损坏，请保留文件并联系管理员。",
        "The till's log is damaged at byte {at}. Keep the file and call the administrator.",
    ),
    "pos.till_stopped": Text(
        422,
        "离线收费受限（{reason}），请按原价收现金，联网后自动核对。",
        "The till may not go on off line ({reason}): take cash at the full price; it is settled once on line.",
    ),
    "pos.statement.unreadable": Text(
        422,
        "这不是 {provider} 的账单文件（{fault}）。请从支付机构重新下载、解压后再试。",
        "This is no statement file of {provider} ({fault}). Download it again, unpack it, and try once more.",
    ),
    "pos.statement.no_day": Text(
        422,
        "{provider} 的账单文件没有明细，看不出是哪一天的。请用 --day 写明日期。",
        "The statement of {provider} holds no line and does not say its day. Name the day with --day.",
    ),
    "pos.gateway.records_invalid": Text(
        422,
        "支付机构的应答记录无法使用（{fault}）。请更正记录文件。",
        "The recorded answers of the provider cannot be used ({fault}). Correct the file.",
    ),
    "pos.gateway.refund_refused": Text(
        422,
        "支付单 {reference} 不能按 {refund_reference} 退款（{fault}），请核对单号和金额。",
        "Payment {reference} cannot be refunded as {refund_reference} ({fault}). Check the numbers and the amount.",
    ),
    "pos.purse.id_reused": Text(
        409,
        "编号 {movement_id} 已用于另一笔款项，没有重复记账。请换一个编号再办。",
        "The id {movement_id} was already used for something else; nothing was booked. Use a new id.",
    ),
    "pos.purse.reference_used": Text(
        422,
        "支付单号 {reference} 已入过账，没有重复入账，请核对单号。",
        "Payment reference {reference} was booked already; nothing was booked again. Check it.",
    ),
    "pos.purse.too_small": Text(
        422,
        "账户 {purse_id} 可用 {free_fen:yuan} 元，不足 {asked_fen:yuan} 元（订餐预留的钱不能动）。",
        "Purse {purse_id} holds {free_fen:yuan} yuan free, less than {asked_fen:yuan} yuan; money kept for orders stays.",
    ),
    "pos.purse.empty": Text(
        422, "账户 {purse_id} 没有可退的钱。", "Purse {purse_id} holds nothing to pay out."
    ),
    "pos.purse.senior_gone": Text(
        422,
        "登记显示 {senior_id} 已不在册（{state}）：不再收款或退款，余额请按退款清单办理。",
        "The register says {senior_id} is gone ({state}): pay the purses out by the refund list instead.",
    ),
    "pos.purse.senior_stays": Text(
        422,
        "{senior_id} 仍在册，所在站点也未停办，不能清退；请办理普通退款。",
        "{senior_id} is still here and the site stays open: make an ordinary refund instead.",
    ),
    "pos.purse.last_day_past": Text(
        422,
        "最后使用日 {expires_on} 已过，请改为将来的日期。",
        "The last day {expires_on} is over; give a later one.",
    ),
    "pos.plan.paid": Text(
        409,
        "{senior_id} 的 {month} 包月费已交过，没有重复收取。",
        "The plan of {senior_id} for {month} is paid already; nothing was taken again.",
    ),
    "pos.plan.not_offered": Text(
        422,
        "政策 {policy_id} 没有适用于 {senior_id} 的包月。",
        "Policy {policy_id} has no monthly plan for {senior_id}.",
    ),
    "pos.dispute.exceeded": Text(
        422,
        "收费 {charge_id} 的争议款还剩 {open_fen:yuan} 元，不能处理 {asked_fen:yuan} 元。",
        "{open_fen:yuan} yuan of charge {charge_id} are still disputed; {asked_fen:yuan} yuan cannot be settled.",
    ),
    "pos.dispute.wrong_way": Text(
        422,
        "收费 {charge_id} 的争议款不能这样处理（{how}）：少收的可补现金、扣个人账户或核销，多收的可退现金、入个人账户或核销。",
        "The dispute of charge {charge_id} cannot be settled so ({how}): what is short is paid in cash, from own money or written off; what is over is given back in cash, credited or written off.",
    ),
    "pos.proposal.same_person": Text(
        403,
        "{proposal_id} 是 {username} 本人提出的，须由另一人复核。",
        "{proposal_id} was proposed by {username}; a second person has to approve it.",
    ),
    "pos.proposal.decided": Text(
        409,
        "{proposal_id} 已有结论（{state}），没有再改。",
        "{proposal_id} is decided already ({state}); nothing was changed.",
    ),
    "pos.proposal.not_approved": Text(
        409,
        "{proposal_id} 尚未经第二人复核（{state}），不能发放。",
        "{proposal_id} is not approved by a second person ({state}); nothing was posted.",
    ),
    "pos.proposal.changed": Text(
        500,
        "{proposal_id} 的内容与提出时的校验值不符，没有记账：请运行 nuanzao audit verify 查明。",
        "What is stored of {proposal_id} is not what was proposed; nothing was posted. Find out with nuanzao audit verify.",
    ),
}
