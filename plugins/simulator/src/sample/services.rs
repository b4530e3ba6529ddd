//! What a visit may consist of, and how it is billed.

use claimflow_core::Money;

/// One kind of visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// First evaluation by a therapist.
    Intake,
    /// First evaluation by a prescriber.
    MedicalIntake,
    /// Psychotherapy, half an hour.
    Session30,
    /// Psychotherapy, three quarters of an hour.
    Session45,
    /// Psychotherapy, an hour.
    Session60,
    /// Psychotherapy of a child with interactive complexity.
    PlaySession,
    /// Short medication visit.
    MedicationShort,
    /// Medication visit.
    Medication,
    /// Medication visit with psychotherapy.
    MedicationWithTherapy,
    /// Family therapy, the patient being there.
    Family,
    /// Family therapy without the patient.
    FamilyWithoutPatient,
    /// Group therapy.
    Group,
    /// Crisis psychotherapy.
    Crisis,
    /// Crisis psychotherapy of more than 74 minutes.
    LongCrisis,
    /// A week of intensive outpatient treatment: three days.
    ProgramWeek,
}

/// One line of the visit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Procedure {
    /// Procedure code.
    pub code: &'static str,
    /// Minutes, from and to.
    pub minutes: (i64, i64),
}

const fn procedure(code: &'static str, from: i64, to: i64) -> Procedure {
    Procedure { code, minutes: (from, to) }
}

impl Service {
    /// The lines. Those after the first take place in the same stretch of time, except therapy beside a medical visit
    /// and the days of a program.
    pub const fn procedures(self) -> &'static [Procedure] {
        match self {
            Self::Intake => const { &[procedure("90791", 55, 75)] },
            Self::MedicalIntake => const { &[procedure("90792", 55, 75)] },
            Self::Session30 => const { &[procedure("90832", 20, 36)] },
            Self::Session45 => const { &[procedure("90834", 40, 52)] },
            Self::Session60 => const { &[procedure("90837", 53, 60)] },
            Self::PlaySession => const { &[procedure("90834", 40, 52), procedure("90785", 40, 52)] },
            Self::MedicationShort => const { &[procedure("99213", 20, 28)] },
            Self::Medication => const { &[procedure("99214", 30, 39)] },
            Self::MedicationWithTherapy => {
                const { &[procedure("99213", 20, 25), procedure("90833", 18, 35)] }
            }
            Self::Family => const { &[procedure("90847", 45, 55)] },
            Self::FamilyWithoutPatient => const { &[procedure("90846", 45, 55)] },
            Self::Group => const { &[procedure("90853", 75, 75)] },
            Self::Crisis => const { &[procedure("90839", 45, 70)] },
            Self::LongCrisis => const { &[procedure("90839", 85, 100), procedure("90840", 85, 100)] },
            Self::ProgramWeek => {
                const {
                    &[
                        procedure("H0015", 185, 200),
                        procedure("H0015", 185, 200),
                        procedure("H0015", 185, 200),
                    ]
                }
            }
        }
    }

    /// True when each line has minutes of its own in the note.
    pub const fn has_lines_apart(self) -> bool {
        matches!(self, Self::MedicationWithTherapy | Self::ProgramWeek)
    }

    /// True when it follows a treatment plan (an evaluation comes before there is one).
    pub const fn has_plan(self) -> bool {
        !matches!(self, Self::Intake | Self::MedicalIntake | Self::Crisis | Self::LongCrisis)
    }

    /// True when it can be given by video.
    pub const fn can_be_remote(self) -> bool {
        !matches!(self, Self::Group | Self::ProgramWeek | Self::Crisis | Self::LongCrisis | Self::PlaySession)
    }

    /// True for individual psychotherapy alone.
    pub const fn is_session(self) -> bool {
        matches!(self, Self::Session30 | Self::Session45 | Self::Session60)
    }

    /// True where the note must show start and stop.
    pub const fn is_timed(self) -> bool {
        self.is_session()
            || matches!(
                self,
                Self::Family | Self::FamilyWithoutPatient | Self::Crisis | Self::MedicationWithTherapy
            )
    }
}

/// The practice's charge for a procedure.
pub(crate) fn charge(code: &str) -> Money {
    Money::from_cents(match code {
        "90791" => 22500,
        "90792" => 28000,
        "90832" => 9500,
        "90833" => 9000,
        "90834" => 13500,
        "90837" => 18000,
        "90839" => 21500,
        "90840" => 11000,
        "90785" => 2500,
        "90846" => 15000,
        "90847" => 16000,
        "90853" => 6500,
        "99213" => 13000,
        "99214" => 18500,
        "H0015" => 24000,
        _ => 15000,
    })
}
