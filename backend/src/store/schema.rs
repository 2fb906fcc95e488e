//! The tables as diesel sees them: the same for both databases. Ids and enums are text, times microseconds.
//!
//! Written by hand: what both databases have in common is a choice, not something to be read from one of them.

diesel::table! {
    admins (id) {
        id -> Text,
        username -> Text,
        username_key -> Text,
        password_hash -> Text,
        role -> Text,
        language -> Text,
        telegram_id -> Nullable<BigInt>,
        enabled -> Bool,
        totp_secret_enc -> Nullable<Binary>,
        totp_enabled -> Bool,
        totp_last_step -> Nullable<BigInt>,
        recovery_hashes -> Text,
        link_code_hash -> Nullable<Text>,
        link_code_expires_at -> Nullable<BigInt>,
        preferences -> Text,
        last_login_at -> Nullable<BigInt>,
        created_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    sign_ins (id) {
        id -> Text,
        admin_id -> Text,
        token_hash -> Text,
        previous_hash -> Nullable<Text>,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    policies (id) {
        id -> Text,
        name -> Text,
        is_default -> Bool,
        body -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        status -> Text,
        display_name -> Text,
        sort_name -> Text,
        search_name -> Text,
        telegram_id -> Nullable<BigInt>,
        telegram_username -> Nullable<Text>,
        language -> Text,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        note -> Nullable<Text>,
        rejection_reason -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        policy_id -> Nullable<Text>,
        created_at -> BigInt,
        last_seen_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
        version -> BigInt,
        telegram_blocked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    invitations (id) {
        id -> Text,
        user_id -> Text,
        code_hash -> Text,
        code_enc -> Binary,
        created_by -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    routers (id) {
        id -> Text,
        name -> Text,
        host -> Text,
        port -> BigInt,
        tls -> Text,
        pinned_sha256 -> Nullable<Text>,
        ca_pem -> Nullable<Text>,
        username -> Text,
        password_enc -> Binary,
        mode -> Text,
        enabled -> Bool,
        poll_seconds -> BigInt,
        sandbox_list -> Text,
        allow_list -> Text,
        ban_list -> Text,
        allow_seconds -> BigInt,
        account_source -> Nullable<Text>,
        hook_token_hash -> Text,
        hook_token_enc -> Binary,
        created_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        version -> BigInt,
        enforced_at -> Nullable<BigInt>,
        md5_login -> Bool,
        found_device -> Nullable<Text>,
        device -> Nullable<Text>,
        device_place -> Nullable<Text>,
    }
}

diesel::table! {
    router_status (router_id) {
        router_id -> Text,
        state -> Text,
        last_error -> Nullable<Text>,
        last_seen_at -> Nullable<BigInt>,
        push -> Bool,
        identity -> Nullable<Text>,
        version -> Nullable<Text>,
        board -> Nullable<Text>,
        uptime_seconds -> Nullable<BigInt>,
        clock_skew_seconds -> Nullable<BigInt>,
        account_source -> Nullable<Text>,
        boot -> BigInt,
        booted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    accounts (id) {
        id -> Text,
        user_id -> Text,
        router_id -> Text,
        username -> Text,
        search_name -> Text,
        source -> Nullable<Text>,
        enabled -> Nullable<Bool>,
        suspended -> Bool,
        rule_id -> Nullable<Text>,
        rule_comment -> Nullable<Binary>,
        created_at -> BigInt,
        removed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        account_id -> Text,
        user_id -> Text,
        router_id -> Text,
        policy_id -> Nullable<Text>,
        state -> Text,
        requested_at -> BigInt,
        granted_at -> Nullable<BigInt>,
        account_ready -> Bool,
        connect_by -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        remind_at -> Nullable<BigInt>,
        reminded_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
        end_told -> Bool,
        own_span -> Bool,
        review_at -> Nullable<BigInt>,
        opens_at -> Nullable<BigInt>,
        extensions -> BigInt,
        due_at -> Nullable<BigInt>,
        attention -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    connections (id) {
        id -> Text,
        session_id -> Text,
        account_id -> Text,
        user_id -> Nullable<Text>,
        router_id -> Text,
        router_session_id -> Text,
        username -> Text,
        service -> Text,
        caller_id -> Nullable<Text>,
        address -> Nullable<Text>,
        state -> Text,
        connected_at -> BigInt,
        unanswerable -> Bool,
        prompt_nonce -> Nullable<Text>,
        prompt_asked -> Nullable<BigInt>,
        prompt_asked_at -> Nullable<BigInt>,
        prompt_expires_at -> Nullable<BigInt>,
        prompt_answered_at -> Nullable<BigInt>,
        ask_at -> Nullable<BigInt>,
        waits_until -> Nullable<BigInt>,
        confirmed_at -> Nullable<BigInt>,
        grounds -> Nullable<Text>,
        opened_at -> Nullable<BigInt>,
        closed_at -> Nullable<BigInt>,
        close_reason -> Nullable<Text>,
        prompt_chat_id -> Nullable<BigInt>,
        prompt_message_id -> Nullable<BigInt>,
        country -> Nullable<Text>,
        bytes_in -> Nullable<BigInt>,
        bytes_out -> Nullable<BigInt>,
        prompt_numbers -> Nullable<Text>,
        boot -> BigInt,
    }
}

diesel::table! {
    decisions (session_id, seq) {
        session_id -> Text,
        seq -> BigInt,
        at -> BigInt,
        what -> Text,
        why -> Text,
    }
}

diesel::table! {
    wishes (id) {
        id -> Text,
        router_id -> Text,
        key -> Text,
        session_id -> Nullable<Text>,
        body -> Text,
        state -> Text,
        created_at -> BigInt,
        next_at -> BigInt,
        attempts -> BigInt,
        last_error -> Nullable<Text>,
        done_at -> Nullable<BigInt>,
        obstacle -> Nullable<Text>,
    }
}

diesel::table! {
    deliveries (id) {
        id -> Text,
        chat_id -> BigInt,
        body -> Text,
        user_id -> Nullable<Text>,
        connection_id -> Nullable<Text>,
        state -> Text,
        created_at -> BigInt,
        next_at -> BigInt,
        attempts -> BigInt,
        last_error -> Nullable<Text>,
        done_at -> Nullable<BigInt>,
        message_id -> Nullable<BigInt>,
        alert_id -> Nullable<Text>,
        reminds_of -> Nullable<Text>,
    }
}

diesel::table! {
    telegram_state (id) {
        id -> BigInt,
        next_update -> BigInt,
    }
}

diesel::table! {
    telegram_updates (id) {
        id -> BigInt,
        handled_at -> BigInt,
    }
}

diesel::table! {
    offline_codes (user_id) {
        user_id -> Text,
        secret_enc -> Nullable<Binary>,
        new_secret_enc -> Nullable<Binary>,
        last_step -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    attempts (id) {
        id -> Text,
        key -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    bans (id) {
        id -> Text,
        router_id -> Text,
        address -> Text,
        reason -> Text,
        until -> Nullable<BigInt>,
        created_at -> BigInt,
        removed_at -> Nullable<BigInt>,
        user_id -> Nullable<Text>,
        lifted -> Bool,
    }
}

diesel::table! {
    drifts (id) {
        id -> Text,
        router_id -> Text,
        at -> BigInt,
        description -> Text,
        repaired -> Bool,
    }
}

diesel::table! {
    turned_away (id) {
        id -> Text,
        at -> BigInt,
        user_id -> Text,
        account_id -> Text,
        router_id -> Text,
        router_session_id -> Text,
        username -> Text,
        service -> Text,
        caller_id -> Nullable<Text>,
        address -> Nullable<Text>,
        country -> Nullable<Text>,
        against -> Text,
        boot -> BigInt,
    }
}

diesel::table! {
    alerts (id) {
        id -> Text,
        at -> BigInt,
        kind -> Text,
        user_id -> Nullable<Text>,
        session_id -> Nullable<Text>,
        router_id -> Nullable<Text>,
        detail -> Text,
        resolved_at -> Nullable<BigInt>,
        announced_at -> Nullable<BigInt>,
        followed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit_events (seq) {
        seq -> BigInt,
        id -> Text,
        at -> BigInt,
        actor -> Text,
        action -> Text,
        subject -> Text,
        detail -> Nullable<Text>,
        address -> Nullable<Text>,
        search_text -> Text,
        hash -> Text,
    }
}

diesel::table! {
    settings (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    setup_changes (id) {
        id -> Text,
        router_id -> Text,
        step -> Text,
        body_enc -> Binary,
        state -> Text,
        created_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    account_changes (id) {
        id -> Text,
        router_id -> Text,
        username -> Text,
        source -> Text,
        verb -> Text,
        actor -> Text,
        state -> Text,
        alive_until -> BigInt,
        created_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    chats (chat_id) {
        chat_id -> BigInt,
        conversation -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Text,
        until -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    admins,
    sign_ins,
    policies,
    users,
    invitations,
    routers,
    router_status,
    accounts,
    sessions,
    connections,
    decisions,
    wishes,
    deliveries,
    telegram_state,
    telegram_updates,
    offline_codes,
    attempts,
    bans,
    drifts,
    turned_away,
    alerts,
    audit_events,
    settings,
    chats,
    setup_changes,
    account_changes,
    leases,
);
