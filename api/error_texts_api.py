"""Sentences for the errors of the edge and for what HTTP itself refuses."""

from api.error_text import Text

API = {
    "api.error": Text(
        500, "系统出错，请联系管理员。", "Something went wrong; ask the administrator."
    ),
    "api.database_busy": Text(
        503,
        "数据库已忙碌 {waited_s} 秒，请稍后再试；重复提交同一笔不会重复收费。",
        "The database has been busy for {waited_s} s. Try again shortly; sending the same charge again is harmless.",
    ),
    "api.database_unusable": Text(
        503,
        "数据库无法读写（{reason}）。请检查磁盘空间和权限，运行 nuanzao audit verify；必要时从备份恢复（nuanzao db restore）。",
        "The database cannot be read or written ({reason}). Check disk space and permissions, run nuanzao audit verify, and restore a backup if need be (nuanzao db restore).",
    ),
    "api.file_unusable": Text(
        500,
        "文件或文件夹无法打开或写入：{path}（{reason}）。请检查路径、权限和磁盘空间。",
        "A file or folder cannot be opened or written: {path} ({reason}). Check the path, the permissions and the disk space.",
    ),
    "api.policy_too_late": Text(
        422,
        "政策 {policy_id} 的生效日期太早：{day} 已有收费，请把生效日期改到那天之后。",
        "Policy {policy_id} begins too early: meals were sold on {day}. Let it take effect after that day.",
    ),
    "api.table_changed": Text(
        500,
        "数据表 {table} 与审计链不符，升级已停止：请先运行 nuanzao audit verify 查明。",
        "Table {table} is not what the audit chain promises; the upgrade stopped: find out with nuanzao audit verify.",
    ),
    "api.database_not_ready": Text(
        503,
        "数据库结构是 {found}，需要 {wanted}：请运行 nuanzao db migrate。",
        "The database schema is {found}, wanted {wanted}: run nuanzao db migrate.",
    ),
    "api.unsupported_database": Text(
        500,
        "不支持数据库 {dialect}，请用 sqlite 或 postgresql 地址。",
        "Database {dialect} is not supported; use a sqlite or postgresql address.",
    ),
    "api.untracked_change": Text(
        500,
        "表 {table} 的 {column} 被改动但无法记入审计链，已全部撤回。",
        "Column {column} of table {table} changed in a way the audit chain cannot follow; all was rolled back.",
    ),
    "api.unreadable_file": Text(
        422,
        "文件 {path} 无法读取：{reason}。请更正后重新导入。",
        "File {path} cannot be read: {reason}. Correct it and import it again.",
    ),
    "api.unusable_import": Text(
        422,
        "文件 {path} 不能导入（第 {line} 行，{fault}，{detail}）。没有导入任何一行，请更正后重来。",
        "File {path} cannot be imported (line {line}, {fault}, {detail}). No row was taken; correct it and try again.",
    ),
    "api.not_found": Text(
        404, "没有找到 {kind}：{name}。请核对编号。", "No {kind} named {name}; check the number."
    ),
    "api.already_loaded": Text(
        409,
        "数据库已有 {rows} 行资料，演示资料只能装入空库。",
        "The database already holds {rows} rows; the demo goes into an empty one only.",
    ),
    "api.sign_in_refused": Text(
        401,
        "用户名或密码不对，请重新输入。",
        "User name and password do not belong together; enter them again.",
    ),
    "api.sign_in_paused": Text(
        429,
        "密码错误次数过多，请 {minutes} 分钟后再试，或请管理员帮忙。",
        "Too many wrong passwords: wait {minutes} minutes or ask the administrator.",
    ),
    "api.sign_in_needed": Text(401, "请先登录。", "Sign in first."),
    "api.not_yours": Text(
        403,
        "您的岗位（{role}）无权查看或办理此项，请用有权限的账号登录。",
        "Your role ({role}) has no right to this; sign in with an account that has.",
    ),
    "api.form_not_ours": Text(
        403,
        "页面已过期或来源不明，请返回重新打开页面再提交。",
        "This form has expired or is not ours: open the page again and send it once more.",
    ),
    "api.too_fast": Text(
        429,
        "查询或登记过于频繁，请 {retry_after_s} 秒后再试。",
        "Asked for too often: try again in {retry_after_s} seconds.",
    ),
    "api.device_unknown": Text(
        401,
        "本机尚未登记或登记已失效，请向管理员要一次性登记码，重新登记本机。",
        "This till is not enrolled, or no longer: ask the administrator for a one-time code and enrol it again.",
    ),
    "api.device_revoked": Text(
        403,
        "设备 {device_id} 已停用；请联系管理员登记另一台设备。",
        "Till {device_id} was taken out of service; ask the administrator to add another.",
    ),
    "api.enrolment_refused": Text(
        401,
        "登记码不对、已用过或已过期，请向管理员要新的登记码。",
        "This code is wrong, used or expired; ask the administrator for a new one.",
    ),
    "api.card_keys_full": Text(
        409,
        "已有两把卡密钥，请先停用旧的（nuanzao card retire-key {key_id}）。",
        "Two card keys are live already; retire the older one first (nuanzao card retire-key {key_id}).",
    ),
    "api.card_key_issuing": Text(
        409,
        "卡密钥 {key_id} 正用于发新卡，请先换新密钥（nuanzao card rotate-key）。",
        "New cards are made with card key {key_id}; make a new key first (nuanzao card rotate-key).",
    ),
    "api.card_key_in_use": Text(
        409,
        "还有 {cards} 张有效卡使用密钥 {key_id}，请先换卡；确需停用并作废这些卡，请加 --force {cards}。",
        "{cards} live cards carry key {key_id}: replace them first, or revoke them with it by --force {cards}.",
    ),
    "api.bad_request": Text(
        400, "{where} 填写有误：{reason}。请更正。", "{where} cannot be used: {reason}. Correct it."
    ),
    "api.recorded_differently": Text(
        409,
        "这一条已经登记过（{recorded}），和现在填的不一样。请刷新页面，重新登记一条。",
        "This is recorded already ({recorded}) and says something else; open the page again and record a new one.",
    ),
    "api.outcome_conflict": Text(
        409,
        "{site_id} 的这一餐已经登记为 {recorded}，不能再改；如有误请联系厨房。",
        "This meal at {site_id} is already recorded as {recorded}; if that is wrong, call the kitchen.",
    ),
    "api.day_locked": Text(
        409,
        "{day} 的数字已经锁定，不能再改；请记入次日。",
        "The numbers of {day} are final; enter it on the next day.",
    ),
    "api.cutoff_passed": Text(
        409,
        "{day} 的份数在 {at} 截止，不再收。",
        "Numbers for {day} were taken until {at}.",
    ),
    "api.day_not_forecast": Text(
        409,
        "{day} 不能预测：现在可以预测的是 {first} 到 {last}。过去的日子用 nuanzao forecast replay。",
        "{day} cannot be forecast: the days from {first} to {last} can. For past days use nuanzao forecast replay.",
    ),
    "api.stage_missing": Text(
        409,
        "{day} 还没有完成“{needs}”，请先完成。",
        "{needs} of {day} is not done yet; do it first.",
    ),
    "api.statement_changed": Text(
        409,
        "{provider} 的账单文件 {name} 已对过账，这次的内容不同。请核对是哪一份；确为补发的账单请改名后再对。",
        "Statement {name} of {provider} was settled before with other content. Find out which one is right; rename a corrected one and settle it.",
    ),
    "api.backup_broken": Text(
        422,
        "备份 {path} 校验不通过：{reason}。现用数据库没有改动，请换一份备份。",
        "Backup {path} does not verify: {reason}. The running database is untouched; use another backup.",
    ),
}

# By status: what the web server refuses before any of our code sees it.
HTTP = {
    400: Text(400, "请求无法识别：{reason}。", "The request cannot be understood: {reason}."),
    401: Text(401, "请先登录。", "Sign in first."),
    403: Text(403, "无权访问。", "You have no right to this."),
    404: Text(404, "没有这个页面。", "There is no such page."),
    405: Text(405, "此地址不支持该操作。", "This address does not support that method."),
    413: Text(
        413, "提交内容过大，请分批发送。", "The body is too large; send it in smaller parts."
    ),
    415: Text(
        415,
        "提交内容的格式不支持，请用 JSON 或本站表单。",
        "This content type is not supported; send JSON or our form.",
    ),
    500: Text(
        500,
        "系统出错，已记录；重复提交同一笔不会重复收费。",
        "Something went wrong and was logged; sending the same charge again is harmless.",
    ),
    503: Text(
        503,
        "系统正忙，请稍后再试；重复提交同一笔不会重复收费。",
        "The system is busy, try again shortly; sending the same charge again is harmless.",
    ),
}
