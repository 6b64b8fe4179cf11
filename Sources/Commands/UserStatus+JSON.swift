/// What docs/json.md says of a user; written out here, since an encoder would take longer than everything else for a site
/// of a hundred thousand.
extension UserStatus {
    var json: JSONText {
        .object([
            "backupCodesLeft": backupCodesLeft.map(JSONText.init),
            "changed": changed.map(JSONText.time),
            "confirmed": confirmed.map(JSONText.truth),
            "created": created.map(JSONText.time),
            "enrolled": .truth(enrolled),
            "enrolment": enrolment.map(JSONText.text),
            "error": error.map(JSONText.text),
            "failures": failures.map { .number(Int64($0)) },
            "guessesUsedUp": guessesUsedUp.map { .list($0.map(JSONText.text)) },
            "invitedUntil": invitedUntil.map(JSONText.text),
            "knownLockedUntil": knownLockedUntil.map(JSONText.text),
            "knownSources": knownSources.map(JSONText.init),
            "lockedUntil": lockedUntil.map(JSONText.text),
            "recoveryMissing": recoveryMissing.map { .list($0.map(JSONText.text)) },
            "recoveryUntil": recoveryUntil.map(JSONText.text),
            "rememberedLogins": rememberedLogins.map(JSONText.init),
            "rememberedUntil": rememberedUntil.map(JSONText.text),
            "securityKeys": .list(securityKeys.map(\.json)),
            "state": state.map(JSONText.text),
            "tokens": .list(tokens.map(\.json)),
            "uid": .number(Int64(uid)),
            "user": .text(user),
            "worldLockedUntil": worldLockedUntil.map(JSONText.text),
        ])
    }
}

extension UserStatus.TokenStatus {
    var json: JSONText {
        .object([
            "algorithm": .text(algorithm),
            "digits": JSONText(digits),
            "drift": drift.map(JSONText.init),
            "id": .number(Int64(id)),
            "kind": .text(kind),
            "label": .text(label),
            "lastUsed": lastUsed.map(JSONText.time),
            "period": period.map(JSONText.init),
        ])
    }
}

extension UserStatus.SecurityKeyStatus {
    var json: JSONText {
        .object([
            "label": .text(label),
            "lastUsed": lastUsed.map(JSONText.time),
            "publicKey": .text(publicKey),
            "type": .text(type),
        ])
    }
}

extension JSONText {
    static func time(_ seconds: Int64) -> JSONText { .text(UserStatus.time(seconds)) }

    init(_ number: Int) { self = .number(Int64(number)) }
}
