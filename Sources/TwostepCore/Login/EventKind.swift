/// The name of an event. Each event that the log, a hook or `twostep log` can have stands here and nowhere else; what its
/// fields are and what it means says docs/events.md, which a test holds against this list.
package struct EventKind: Sendable {
    package let name: StaticString

    private init(_ name: StaticString) { self.name = name }

    // Computed, not stored: nothing of the list enters the module but the names that it logs.

    // Of a login.
    package static var accepted: EventKind { EventKind("accepted") }
    package static var refused: EventKind { EventKind("refused") }
    package static var ignored: EventKind { EventKind("ignored") }
    package static var error: EventKind { EventKind("error") }
    package static var slotDamaged: EventKind { EventKind("slot-damaged") }
    package static var debug: EventKind { EventKind("debug") }

    // Of an enrolment at a login.
    package static var enrolmentBegun: EventKind { EventKind("enrolment-begun") }
    package static var enrolledAtLogin: EventKind { EventKind("enrolled-at-login") }

    // Of getting back in.
    package static var recoveryRequested: EventKind { EventKind("recovery-requested") }
    package static var recoveryRefused: EventKind { EventKind("recovery-refused") }
    package static var recovered: EventKind { EventKind("recovered") }
    package static var codeRequested: EventKind { EventKind("code-requested") }
    package static var codeNotSent: EventKind { EventKind("code-not-sent") }
    package static var sessionsEnded: EventKind { EventKind("sessions-ended") }
    package static var sessionsNotEnded: EventKind { EventKind("sessions-not-ended") }

    // Of a command.
    package static var enrolled: EventKind { EventKind("enrolled") }
    package static var invited: EventKind { EventKind("invited") }
    package static var unlocked: EventKind { EventKind("unlocked") }
    package static var backupCodesRegenerated: EventKind { EventKind("backup-codes-regenerated") }
    package static var tokenAdded: EventKind { EventKind("token-added") }
    package static var tokenRemoved: EventKind { EventKind("token-removed") }
    package static var tokenRenamed: EventKind { EventKind("token-renamed") }
    package static var tokenResynced: EventKind { EventKind("token-resynced") }
    package static var disabled: EventKind { EventKind("disabled") }
    package static var tokensReplaced: EventKind { EventKind("tokens-replaced") }
    package static var changeUncertain: EventKind { EventKind("change-uncertain") }
    package static var pamEnabled: EventKind { EventKind("pam-enabled") }
    package static var pamConfirmed: EventKind { EventKind("pam-confirmed") }
    package static var pamRolledBack: EventKind { EventKind("pam-rolled-back") }
    package static var pamNotRolledBack: EventKind { EventKind("pam-not-rolled-back") }
    package static var pamDisabled: EventKind { EventKind("pam-disabled") }
    package static var exported: EventKind { EventKind("exported") }
    package static var keyRotationBegun: EventKind { EventKind("key-rotation-begun") }
    package static var keyRotated: EventKind { EventKind("key-rotated") }
    package static var restored: EventKind { EventKind("restored") }
    package static var passwordRefused: EventKind { EventKind("password-refused") }
    package static var contactSet: EventKind { EventKind("contact-set") }
    package static var contactRemoved: EventKind { EventKind("contact-removed") }
    package static var questionsSet: EventKind { EventKind("questions-set") }
    package static var questionsRemoved: EventKind { EventKind("questions-removed") }
    package static var recoveryCodeMade: EventKind { EventKind("recovery-code-made") }

    // Of the process that delivers the others; nobody is told of these but the log.
    package static var mailed: EventKind { EventKind("mailed") }
    package static var codeSent: EventKind { EventKind("code-sent") }
    package static var deliveryFailed: EventKind { EventKind("delivery-failed") }

    /// Every event, in the order of the documents.
    package static var all: [EventKind] {
        [
            accepted, refused, ignored, error, slotDamaged, debug, enrolmentBegun, enrolledAtLogin,
            recoveryRequested, recoveryRefused, recovered, sessionsEnded, sessionsNotEnded,
            codeRequested, codeNotSent, enrolled, tokensReplaced, invited, recoveryCodeMade,
            unlocked, backupCodesRegenerated, tokenAdded, tokenRemoved, tokenRenamed, tokenResynced, disabled,
            changeUncertain, pamEnabled, pamConfirmed, pamRolledBack, pamNotRolledBack, pamDisabled,
            exported, keyRotationBegun, keyRotated, restored, passwordRefused, contactSet, contactRemoved, questionsSet,
            questionsRemoved, mailed, codeSent, deliveryFailed,
        ]
    }
}
