//! What may stand in blocks, elements, composition objects and views, as tables.

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// A text object of plain text with so many characters at most.
    Plain(usize),
    /// A text object of either kind.
    Text(usize),
    /// So many text objects, each of so many characters at most.
    Texts(usize, usize),
    /// A string of at least one character.
    Words(usize),
    /// A string that may be empty.
    Data(usize),
    /// A web address.
    Link(usize),
    Flag,
    /// A whole number within these.
    Whole(i64, i64),
    /// One of these.
    One(&'static [&'static str]),
    BlockId,
    ActionId,
    /// One to so many elements of these types.
    Elements(&'static [&'static str], usize),
    /// An element of one of these types.
    Element(&'static [&'static str]),
    /// One to so many options.
    Options(usize),
    Choice,
    Groups,
    Confirm,
    /// The parts of a rich text.
    Parts,
    /// A rich text block without an id.
    RichText,
    Rows,
    Columns,
    SlackFile,
    /// Blocks, which are walked on their own.
    Blocks,
    /// A list of strings.
    Strings,
    /// An object whose inside is not looked at.
    Object,
    /// A list whose inside is not looked at.
    Items,
}

/// A block, an element, an object or a view.
pub struct Thing {
    pub kind: &'static str,
    pub required: &'static [(&'static str, Rule)],
    pub optional: &'static [(&'static str, Rule)],
    /// Exactly one of these, where any is named.
    pub one_of: &'static [&'static str],
    /// At least one of these, where any is named.
    pub some_of: &'static [&'static str],
    /// Whether it may stand in messages, and in views.
    pub places: (bool, bool),
}

const fn thing(
    kind: &'static str,
    required: &'static [(&'static str, Rule)],
    optional: &'static [(&'static str, Rule)],
) -> Thing {
    Thing { kind, required, optional, one_of: &[], some_of: &[], places: (true, true) }
}

impl Thing {
    const fn one_of(self, names: &'static [&'static str]) -> Self {
        Self { one_of: names, ..self }
    }

    const fn some_of(self, names: &'static [&'static str]) -> Self {
        Self { some_of: names, ..self }
    }

    const fn messages_only(self) -> Self {
        Self { places: (true, false), ..self }
    }
}

/// Characters of a text object at most.
const TEXT: usize = 3_000;
const BLOCK_ID: (&str, Rule) = ("block_id", Rule::BlockId);
const ACTION_ID: (&str, Rule) = ("action_id", Rule::ActionId);
const CONFIRM: (&str, Rule) = ("confirm", Rule::Confirm);
const PLACEHOLDER: (&str, Rule) = ("placeholder", Rule::Plain(150));
const FOCUS: (&str, Rule) = ("focus_on_load", Rule::Flag);

const ACCESSORIES: &[&str] = &[
    "button",
    "checkboxes",
    "datepicker",
    "image",
    "multi_channels_select",
    "multi_conversations_select",
    "multi_static_select",
    "multi_users_select",
    "overflow",
    "radio_buttons",
    "static_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "timepicker",
    "external_select",
];
const ACTIONS: &[&str] = &[
    "button",
    "checkboxes",
    "datepicker",
    "datetimepicker",
    "overflow",
    "radio_buttons",
    "static_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "timepicker",
    "external_select",
];
const INPUTS: &[&str] = &[
    "checkboxes",
    "datepicker",
    "datetimepicker",
    "email_text_input",
    "multi_channels_select",
    "multi_conversations_select",
    "multi_static_select",
    "multi_users_select",
    "number_input",
    "plain_text_input",
    "radio_buttons",
    "static_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "timepicker",
    "url_text_input",
    "external_select",
];

pub const BLOCKS: &[Thing] = &[
    thing(
        "section",
        &[],
        &[
            BLOCK_ID,
            ("text", Rule::Text(TEXT)),
            ("fields", Rule::Texts(10, 2_000)),
            ("accessory", Rule::Element(ACCESSORIES)),
            ("expand", Rule::Flag),
        ],
    )
    .some_of(&["text", "fields"]),
    thing("header", &[("text", Rule::Plain(150))], &[BLOCK_ID, ("level", Rule::Whole(1, 4))]),
    thing("divider", &[], &[BLOCK_ID]),
    thing(
        "image",
        &[("alt_text", Rule::Words(2_000))],
        &[BLOCK_ID, ("image_url", Rule::Link(3_000)), ("slack_file", Rule::SlackFile), ("title", Rule::Plain(2_000))],
    )
    .one_of(&["image_url", "slack_file"]),
    thing("actions", &[("elements", Rule::Elements(ACTIONS, 25))], &[BLOCK_ID]),
    thing("context", &[("elements", Rule::Elements(&["image", "mrkdwn", "plain_text"], 10))], &[BLOCK_ID]),
    thing("context_actions", &[("elements", Rule::Elements(&["feedback_buttons", "icon_button"], 5))], &[BLOCK_ID])
        .messages_only(),
    thing(
        "input",
        &[("label", Rule::Plain(2_000)), ("element", Rule::Element(INPUTS))],
        &[BLOCK_ID, ("hint", Rule::Plain(2_000)), ("optional", Rule::Flag), ("dispatch_action", Rule::Flag)],
    ),
    // All markdown blocks of a message together have a bound of their own, see `walk`.
    thing("markdown", &[("text", Rule::Words(12_000))], &[BLOCK_ID]).messages_only(),
    thing("rich_text", &[("elements", Rule::Parts)], &[BLOCK_ID]),
    thing("table", &[("rows", Rule::Rows)], &[BLOCK_ID, ("column_settings", Rule::Columns)]).messages_only(),
    thing(
        "task_card",
        &[("task_id", Rule::Words(255)), ("title", Rule::Words(256))],
        &[
            BLOCK_ID,
            ("status", Rule::One(&["pending", "in_progress", "complete", "error"])),
            ("details", Rule::RichText),
            ("output", Rule::RichText),
            ("sources", Rule::Items),
        ],
    )
    .messages_only(),
    thing("plan", &[("title", Rule::Words(256))], &[BLOCK_ID, ("tasks", Rule::Items)]).messages_only(),
];

/// What every menu of one choice has.
const ONE_STATIC: &[(&str, Rule)] = &[
    ACTION_ID,
    ("options", Rule::Options(100)),
    ("option_groups", Rule::Groups),
    ("initial_option", Rule::Choice),
    PLACEHOLDER,
    CONFIRM,
    FOCUS,
];
const MANY_STATIC: &[(&str, Rule)] = &[
    ACTION_ID,
    ("options", Rule::Options(100)),
    ("option_groups", Rule::Groups),
    ("initial_options", Rule::Options(100)),
    ("max_selected_items", Rule::Whole(1, 100)),
    PLACEHOLDER,
    CONFIRM,
    FOCUS,
];
const MANY_USERS: &[(&str, Rule)] = &[
    ACTION_ID,
    ("initial_users", Rule::Strings),
    ("max_selected_items", Rule::Whole(1, 100)),
    PLACEHOLDER,
    CONFIRM,
    FOCUS,
];
const TEXT_INPUT: &[(&str, Rule)] =
    &[ACTION_ID, ("initial_value", Rule::Data(3_000)), ("dispatch_action_config", Rule::Object), FOCUS, PLACEHOLDER];

pub const ELEMENTS: &[Thing] = &[
    thing(
        "button",
        &[("text", Rule::Plain(75))],
        &[
            ACTION_ID,
            CONFIRM,
            ("url", Rule::Link(3_000)),
            ("value", Rule::Data(2_000)),
            ("style", Rule::One(&["primary", "danger"])),
            ("accessibility_label", Rule::Words(75)),
        ],
    ),
    thing(
        "image",
        &[("alt_text", Rule::Words(2_000))],
        &[("image_url", Rule::Link(3_000)), ("slack_file", Rule::SlackFile)],
    )
    .one_of(&["image_url", "slack_file"]),
    thing("overflow", &[("options", Rule::Options(5))], &[ACTION_ID, CONFIRM]),
    thing("static_select", &[], ONE_STATIC).one_of(&["options", "option_groups"]),
    thing("multi_static_select", &[], MANY_STATIC).one_of(&["options", "option_groups"]),
    thing(
        "external_select",
        &[],
        &[
            ACTION_ID,
            ("initial_option", Rule::Choice),
            ("min_query_length", Rule::Whole(0, 100)),
            PLACEHOLDER,
            CONFIRM,
            FOCUS,
        ],
    ),
    thing("users_select", &[], &[ACTION_ID, ("initial_user", Rule::Words(255)), PLACEHOLDER, CONFIRM, FOCUS]),
    thing("multi_users_select", &[], MANY_USERS),
    thing(
        "conversations_select",
        &[],
        &[
            ACTION_ID,
            ("initial_conversation", Rule::Words(255)),
            ("default_to_current_conversation", Rule::Flag),
            ("response_url_enabled", Rule::Flag),
            ("filter", Rule::Object),
            PLACEHOLDER,
            CONFIRM,
            FOCUS,
        ],
    ),
    thing(
        "multi_conversations_select",
        &[],
        &[
            ACTION_ID,
            ("initial_conversations", Rule::Strings),
            ("default_to_current_conversation", Rule::Flag),
            ("max_selected_items", Rule::Whole(1, 100)),
            ("filter", Rule::Object),
            PLACEHOLDER,
            CONFIRM,
            FOCUS,
        ],
    ),
    thing(
        "channels_select",
        &[],
        &[
            ACTION_ID,
            ("initial_channel", Rule::Words(255)),
            ("response_url_enabled", Rule::Flag),
            PLACEHOLDER,
            CONFIRM,
            FOCUS,
        ],
    ),
    thing(
        "multi_channels_select",
        &[],
        &[
            ACTION_ID,
            ("initial_channels", Rule::Strings),
            ("max_selected_items", Rule::Whole(1, 100)),
            PLACEHOLDER,
            CONFIRM,
            FOCUS,
        ],
    ),
    thing(
        "checkboxes",
        &[("options", Rule::Options(10))],
        &[ACTION_ID, ("initial_options", Rule::Options(10)), CONFIRM, FOCUS],
    ),
    thing(
        "radio_buttons",
        &[("options", Rule::Options(10))],
        &[ACTION_ID, ("initial_option", Rule::Choice), CONFIRM, FOCUS],
    ),
    thing("datepicker", &[], &[ACTION_ID, ("initial_date", Rule::Words(10)), PLACEHOLDER, CONFIRM, FOCUS]),
    thing(
        "timepicker",
        &[],
        &[ACTION_ID, ("initial_time", Rule::Words(5)), ("timezone", Rule::Words(100)), PLACEHOLDER, CONFIRM, FOCUS],
    ),
    thing(
        "datetimepicker",
        &[],
        &[ACTION_ID, ("initial_date_time", Rule::Whole(1_000_000_000, 9_999_999_999)), CONFIRM, FOCUS],
    ),
    thing(
        "plain_text_input",
        &[],
        &[
            ACTION_ID,
            ("initial_value", Rule::Data(3_000)),
            ("multiline", Rule::Flag),
            ("min_length", Rule::Whole(0, 3_000)),
            ("max_length", Rule::Whole(1, 3_000)),
            ("dispatch_action_config", Rule::Object),
            FOCUS,
            PLACEHOLDER,
        ],
    ),
    thing(
        "number_input",
        &[("is_decimal_allowed", Rule::Flag)],
        &[
            ACTION_ID,
            ("initial_value", Rule::Data(100)),
            ("min_value", Rule::Data(100)),
            ("max_value", Rule::Data(100)),
            ("dispatch_action_config", Rule::Object),
            FOCUS,
            PLACEHOLDER,
        ],
    ),
    thing("email_text_input", &[], TEXT_INPUT),
    thing("url_text_input", &[], TEXT_INPUT),
    thing("feedback_buttons", &[("positive_button", Rule::Object), ("negative_button", Rule::Object)], &[ACTION_ID]),
    thing(
        "icon_button",
        &[("icon", Rule::One(&["trash"])), ("text", Rule::Plain(75))],
        &[
            ACTION_ID,
            CONFIRM,
            ("value", Rule::Data(2_000)),
            ("visible_to_user_ids", Rule::Strings),
            ("accessibility_label", Rule::Words(75)),
        ],
    ),
    thing("mrkdwn", &[("text", Rule::Words(TEXT))], &[("verbatim", Rule::Flag)]),
    thing("plain_text", &[("text", Rule::Words(TEXT))], &[("emoji", Rule::Flag)]),
];

/// Composition objects. They have no `type`, so their names are ours.
pub const CONFIRMATION: Thing = thing(
    "confirm",
    &[("title", Rule::Plain(100)), ("text", Rule::Text(300)), ("confirm", Rule::Plain(30)), ("deny", Rule::Plain(30))],
    &[("style", Rule::One(&["primary", "danger"]))],
);
pub const OPTION: Thing = thing(
    "option",
    &[("text", Rule::Text(75)), ("value", Rule::Words(150))],
    &[("description", Rule::Text(75)), ("url", Rule::Link(3_000))],
);
pub const GROUP: Thing = thing("option_group", &[("label", Rule::Plain(75)), ("options", Rule::Options(100))], &[]);
pub const COLUMN: Thing =
    thing("column_settings", &[], &[("align", Rule::One(&["left", "center", "right"])), ("is_wrapped", Rule::Flag)]);
/// Option groups of a menu at most.
pub const GROUPS: usize = 100;

/// Of a table: rows, cells of a row, characters of all its cells together.
pub const TABLE: (usize, usize, usize) = (100, 20, 10_000);
/// Characters of all markdown blocks of a message together.
pub const MARKDOWN: usize = 12_000;

pub const VIEWS: &[Thing] = &[
    thing(
        "modal",
        &[("title", Rule::Plain(24)), ("blocks", Rule::Blocks)],
        &[
            ("close", Rule::Plain(24)),
            ("submit", Rule::Plain(24)),
            ("private_metadata", Rule::Data(3_000)),
            ("callback_id", Rule::Data(255)),
            ("external_id", Rule::Data(255)),
            ("clear_on_close", Rule::Flag),
            ("notify_on_close", Rule::Flag),
            ("submit_disabled", Rule::Flag),
        ],
    ),
    thing(
        "home",
        &[("blocks", Rule::Blocks)],
        &[("private_metadata", Rule::Data(3_000)), ("callback_id", Rule::Data(255)), ("external_id", Rule::Data(255))],
    ),
];
