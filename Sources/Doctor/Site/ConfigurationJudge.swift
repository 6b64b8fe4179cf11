package import TwostepCore

/// Settings that do not go with each other, or with the service files.
package enum ConfigurationJudge {
    /// - Parameters:
    ///   - place: the configuration file.
    ///   - site: the service files.
    ///   - otherDigits: people with a token whose codes have another number of digits than the configuration says.
    package static func judge(
        _ configuration: Configuration, at place: Place, _ site: PAMSite, otherDigits: [String]
    ) -> [Finding] {
        let lines = site.lines.filter { String(decoding: $0.options.config, as: UTF8.self) == place.file }
        var findings: [Finding] = []
        // Whether policy lets anybody pass who has none, now or until the day.
        let mayPass = !configuration.isRequiredOfAll || configuration.enrollBy != nil
        if mayPass, !lines.isEmpty, !lines.contains(where: \.options.nullok) {
            findings.append(
                Finding(
                    .requiredNone, "nobody passes without a second step, since no service file says nullok", at: place,
                    cure: "write nullok behind pam_twostep.so where it is meant, or take required and enroll_by out"))
        }
        if !mayPass {
            for line in lines where line.options.nullok {
                findings.append(
                    Finding(
                        .nullokUnused, "nullok lets nobody pass, since \(place.file) requires a second step of all",
                        at: line.place, cure: "take nullok out, or for a transition set enroll_by or required"))
            }
        }
        for service in configuration.securityKeyServices.map({ String(decoding: $0, as: UTF8.self) })
        where site.service(service) == nil {
            findings.append(
                Finding(
                    .touchServiceUnknown, "ssh_key_touch names '\(service)', whose stack has no pam_twostep.so",
                    at: place,
                    cure: "correct the name, or: twostep pam enable \(service)"))
        }
        if configuration.backupCodes == 0 {
            findings.append(
                Finding(
                    .noBackupCodes, "nobody gets backup codes: who loses the phone needs root", at: place,
                    cure: "backup_codes = 10"))
        }
        if !otherDigits.isEmpty, let line = lines.first(where: \.options.forwardPass) {
            findings.append(
                Finding(
                    .forwardPassDigits,
                    "forward_pass takes \(configuration.digits) digits off the end, and other codes have "
                        + otherDigits.listed, at: line.place,
                    cure: "give them a token of \(configuration.digits) digits: twostep token add USER"))
        }
        return findings
    }
}

extension [String] {
    /// Some of them by name, and how many more.
    package var listed: String {
        prefix(5).joined(separator: ", ") + (count > 5 ? " and \(count - 5) more" : "")
    }
}
